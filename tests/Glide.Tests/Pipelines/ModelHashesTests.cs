using System.Text.Json.Nodes;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

public sealed class ModelHashesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("glide-hashes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Other_weights_of_the_same_size_have_another_hash_where_none_is_pinned()
    {
        string first = HashWith(weights: 1);
        Assert.NotEqual(first, HashWith(weights: 2));
        Assert.Equal(first, HashWith(weights: 1));
    }

    private string HashWith(byte weights)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N"))).FullName;
        var description = JsonNode.Parse(File.ReadAllText(
            Path.Combine(GoldenFiles.Checkout, "models", "mini", ModelSet.FileName)))!;
        foreach (var (_, network) in description["networks"]!.AsObject())
        {
            var file = network!["weights"]!.AsObject();
            file.Remove("sha256");
            file.Remove("bytes");
            File.WriteAllBytes(Path.Combine(folder, file["file"]!.GetValue<string>()), [weights, weights]);
        }

        File.WriteAllText(Path.Combine(folder, ModelSet.FileName), description.ToJsonString());
        var models = ModelSet.Read(folder);
        return new ModelHashes(models).Of(Recipe.For(models, "sample"));
    }
}
