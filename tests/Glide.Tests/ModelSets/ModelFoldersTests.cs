using Glide.ModelSets;

namespace Glide.Tests.ModelSets;

public sealed class ModelFoldersTests : IDisposable
{
    private readonly ScratchFolder _data = new();
    private readonly ModelFolders _folders;

    public ModelFoldersTests() => _folders = new ModelFolders(_data.Path, Checkout.Models);

    public void Dispose() => _data.Dispose();

    public static TheoryData<string, string?> Environments => new()
    {
        { "GLIDE_MODELS=/srv/models XDG_DATA_HOME=/data HOME=/home/me", "/srv/models" },
        { "XDG_DATA_HOME=/data HOME=/home/me", "/data/glide/models" },
        { "XDG_DATA_HOME=data HOME=/home/me", "/home/me/.local/share/glide/models" },
        { "GLIDE_MODELS= XDG_DATA_HOME= HOME=/home/me", "/home/me/.local/share/glide/models" },
        { "HOME=", null },
        { "", null },
    };

    [Theory, MemberData(nameof(Environments))]
    public void Data_folder_follows_the_environment(string environment, string? expected)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(expected, ModelFolders.DataFolder(variables.GetValueOrDefault));
    }

    [Fact]
    public void A_file_in_place_of_the_data_folder_is_refused_and_a_missing_folder_is_not()
    {
        string path = _data.PathOf("models");
        string? Variable(string name) => name == ModelFolders.Variable ? path : null;
        Assert.Equal(path, ModelFolders.DataFolder(Variable));
        File.WriteAllText(path, "");
        string message = Assert.Throws<UsageException>(() => ModelFolders.DataFolder(Variable)).Message;
        Assert.StartsWith($"GLIDE_MODELS is '{path}', which is a file;", message, StringComparison.Ordinal);
        Assert.Contains("unset it", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_home_the_built_in_set_works_and_a_download_says_what_to_set()
    {
        var homeless = new ModelFolders(null, Checkout.Models);

        Assert.Equal("mini", homeless.Find().Set.Name);
        string message = Assert.Throws<UsageException>(() => homeless.Data).Message;
        Assert.Contains("GLIDE_MODELS", message, StringComparison.Ordinal);
        Assert.Contains("--model", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Default_is_mini_with_a_notice_until_the_published_weights_are_there()
    {
        var choice = _folders.Find();
        Assert.Equal("mini", choice.Set.Name);
        Assert.Contains("glide models download openai", choice.Notice, StringComparison.Ordinal);
        Assert.True(File.Exists(choice.Set.WeightsOf("base")));

        Directory.CreateDirectory(_data.PathOf("openai"));
        File.WriteAllText(_data.PathOf("openai/base.pt"), "");
        Assert.Equal("mini", _folders.Find().Set.Name);

        File.WriteAllText(_data.PathOf("openai/upsample.pt"), "");
        choice = _folders.Find();
        Assert.Equal("openai", choice.Set.Name);
        Assert.Null(choice.Notice);
        Assert.Equal(_data.PathOf("openai/base.pt"), choice.Set.WeightsOf("base"));
    }

    [Fact]
    public void A_name_has_no_notice()
    {
        Assert.Null(_folders.Find("mini").Notice);
    }

    [Fact]
    public void A_folder_of_published_files_alone_is_a_set()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder.PathOf("base.pt"), "");

        var set = _folders.Find(folder.Path).Set;

        Assert.Equal("openai", set.Name);
        Assert.Equal(folder.PathOf("base.pt"), set.WeightsOf("base"));
    }

    [Fact]
    public void A_folder_with_a_description_is_a_set()
    {
        var set = _folders.Find(Path.Combine(Checkout.Models, "mini")).Set;
        Assert.Equal("mini", set.Name);
        Assert.Equal(Path.Combine(Checkout.Models, "mini"), set.Folder);
    }

    [Fact]
    public void A_set_in_the_data_folder_goes_before_the_bundled_one_of_its_name()
    {
        Directory.CreateDirectory(_data.PathOf("mini"));
        string json = File.ReadAllText(Path.Combine(Checkout.Models, "mini", "model.json"));
        File.WriteAllText(_data.PathOf("mini/model.json"),
            json.Replace("Small GLIDE", "My GLIDE", StringComparison.Ordinal));
        Assert.StartsWith("My GLIDE", _folders.Find("mini").Set.Title, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-set")]
    [InlineData("no/such/folder")]
    [InlineData("")]
    public void An_unknown_set_is_told_with_the_known_ones(string name)
    {
        string message = Assert.Throws<UsageException>(() => _folders.Find(name)).Message;
        Assert.Contains("mini, openai", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_folder_is_no_set()
    {
        using var folder = new ScratchFolder();
        Assert.Throws<UsageException>(() => _folders.Find(folder.Path));
    }

    [Fact]
    public void Known_sets_come_in_the_order_of_their_names()
    {
        Assert.Equal(["mini", "openai"], _folders.Known().Select(set => set.Name));
    }

    [Fact]
    public void Bundled_sets_are_found_beside_the_program_and_above_it_in_a_checkout()
    {
        Assert.Equal(Checkout.Models, ModelFolders.BundledFolder(AppContext.BaseDirectory));

        using var installation = new ScratchFolder();
        Directory.CreateDirectory(installation.PathOf("app/models"));
        Assert.Equal(installation.PathOf("app/models"), ModelFolders.BundledFolder(installation.PathOf("app")));
        Directory.CreateDirectory(installation.PathOf("models"));
        Directory.CreateDirectory(installation.PathOf("other"));
        Assert.Null(ModelFolders.BundledFolder(installation.PathOf("other")));
    }
}
