using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Glide.Batches;
using Glide.Checkpoints;
using Glide.Datasets;
using Glide.Images;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;
using Glide.Tests.Images;
using Glide.Tests.ModelSets;
using Glide.Tests.Support;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Glide.Tests.Mutations;

/// <summary>A kind of file that users or strangers hand to glide.</summary>
/// <param name="Name">Name in test results.</param>
/// <param name="FileName">Name of the file, by which some readers choose.</param>
/// <param name="Seeds">Sound files, with which mutations begin.</param>
/// <param name="Read">Reads one as a command would.</param>
internal sealed record MutationSubject(
    string Name, string FileName, Func<IEnumerable<byte[]>> Seeds, Action<string> Read)
{
    public bool IsPng => FileName.EndsWith(".png", StringComparison.Ordinal);
}

/// <summary>All kinds of file that are read from outside.</summary>
internal static class MutationSubjects
{
    private const int LargestTensor = 1 << 24;
    private const string Url = "https://models.test/base.pt";
    private const string Part = "base.pt.0123abcd.part";

    public static IReadOnlyList<MutationSubject> All { get; } =
    [
        new("png", "image.png", Pngs, ReadImage),
        new("jpeg", "image.jpg", () => [Encoded((image, stream) => image.SaveAsJpeg(stream)), Own(ImageFormat.Jpeg)],
            ReadImage),
        new("webp", "image.webp", () => [Own(ImageFormat.Webp)], ReadImage),
        new("metadata", "image.png", OwnPngs, ReadMetadata),
        new("torch", "base.pt", Torch, ReadCheckpoint),
        new("safetensors", "base.safetensors", Safetensors, ReadCheckpoint),
        new("gzip", "base.safetensors.gz", () => Safetensors().Select(Packed), ReadCheckpoint),
        new("noise", "noise.safetensors", () => [Former("noise.safetensors")], path => NoiseFile.Read(path)),
        new("model.json", "model.json", ModelJsons, ReadModelSet),
        new("journal", "glide-batch.jsonl", () => [Former("glide-batch.jsonl"), Text(JournalLines)],
            path => JournalAt(path).Read()),
        new("part", Part + ".json", () => [Text($$"""{"url":"{{Url}}","e_tag":"\"0x8D9\"","bytes":3}""")], ReadPart),
        new("jsonl", "rows.jsonl", () => [Text(JsonRows)], ReadRows),
        new("csv", "rows.csv", () => [Text(CsvRowsText), Text(CsvRowsText.Replace(',', ';'))], ReadRows),
        new("tar", "shard.tar",
            () => [Shard(TarEntryFormat.Ustar), Shard(TarEntryFormat.Pax), Shard(TarEntryFormat.Gnu)], ReadDataset),
        new("metadata.jsonl", "metadata.jsonl", () => [Text(JsonCaptions)], ReadDataset),
        new("sprites", "index.json", () => [Text(SpriteIndex.Replace("LENGTH", $"{Own(ImageFormat.Webp).Length}",
            StringComparison.Ordinal))], path => ReadSprites(path, "sprites.bin")),
        new("sprite images", "sprites.bin", () => [Own(ImageFormat.Webp)], path => ReadSprites(path, "index.json")),
        new("text", "rows.txt", () => [Text("a hedgehog\n# a comment\n\nein Käfer 🐞\n")], ReadRows),
    ];

    private const string JsonRows =
        """
        {"prompt":"a hedgehog","seed":7,"steps":"20","sampler":"ddim","guidance_scale":3.5,"output":"a/b.png"}
        {"prompt":"two cats","negative":"dogs","count":2,"base.steps":5,"upsample.temperature":0.99,"strength":0.5}
        """;

    private const string JournalLines =
        """{"number":1,"of":2,"line":1,"prompt":"a star","negative":"","seed":1,"settings":{"model":"mini","model_hash":"f762b038e544be47","version":"0.1.0","device":"cpu","dtype":"fp32","recipe":{"stages":[{"network":"base","sampler":"dpmpp-2m-sde","steps":"2","eta":0,"guidance_scale":3,"temperature":1,"churn":0,"guidance_rescale":0,"cfg_plus_plus":false}]}},"path":"a-star-1.png","sha256":"3462fabf9d7b35ab52bb8986dfb049bd2cad9c28063e33b9eee909dd43fe79bd","seconds":0.905}""" + "\n"
        + """{"number":2,"of":2,"line":2,"prompt":"a ring","negative":"","seed":1,"settings":{"model":"mini","model_hash":"f762b038e544be47","version":"0.1.0","device":"cpu","dtype":"fp32","recipe":{"stages":[{"network":"base","sampler":"ddim","steps":"2","eta":0,"guidance_scale":3}]}},"path":"a-ring-1.png","sha256":"f251dc21926911a33bc241b14be0c6cd861345634c69d2a6f6d168bca09d1c24","seconds":0.901}""" + "\n";

    private const string JsonCaptions =
        """
        {"file_name":"a.png","text":"a hedgehog","width":3}
        {"file_name":"sub/b.jpg","captions":["a hog","ein Käfer 🐞"]}
        {"file_name":"a.png","caption":"another"}
        """;

    private const string SpriteIndex =
        """
        [{"offset":0,"length":LENGTH,"style":"3d","name":"cat","article":"a","group":"animals","captions":["a cat"]},
        {"offset":4,"length":99,"style":"{0}","name":"man","article":"","captions":["men","a Käfer 🐞"],"more":[{}]}]
        """;

    private const string CsvRowsText = "prompt,seed,steps,output\n\"a \"\"red\"\" cat, big\",3,10,x.png\nb,4,5,y.png\n";

    private static IEnumerable<byte[]> Pngs() =>
    [
        PngBuilder.Encode(9, 7, 8, 6, (x, y) => [(ushort)(x * 20), (ushort)(y * 30), 7, (ushort)(x * y)]),
        PngBuilder.Encode(17, 5, 2, 3, (x, y) => [(ushort)((x + y) % 4)], interlaced: true,
            before: [PngBuilder.Chunk("PLTE", [1, 2, 3, 40, 50, 60, 7, 8, 9, 255, 0, 255])]),
        PngBuilder.Encode(6, 6, 16, 0, (x, y) => [(ushort)(x * 9000 + y)]),
        Encoded((image, stream) => image.SaveAsPng(stream)),
    ];

    private static byte[] Encoded(Action<Image<Rgb24>, Stream> save)
    {
        using var image = new Image<Rgb24>(32, 24);
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
                image[x, y] = new Rgb24((byte)(x * 8), (byte)(y * 10), (byte)(x ^ y));
        }
        using var stream = new MemoryStream();
        save(image, stream);
        return stream.ToArray();
    }

    private static void ReadImage(string path)
    {
        _ = ImageFile.ReadTexts(path);
        ImageFile.Load(path);
    }

    private static byte[] Own(ImageFormat format)
    {
        string path = InCheckout("docs/images/sketch-edited.png");
        using var stream = new MemoryStream();
        var opacity = new byte[32 * 24];
        Array.Fill(opacity, (byte)99, 0, 300);
        ImageEncoder.Write(stream, format, new ImageContent(new RgbImage(32, 24), opacity, ImageFile.ReadTexts(path)));
        return stream.ToArray();
    }

    private static IEnumerable<byte[]> OwnPngs() =>
    [
        File.ReadAllBytes(InCheckout("docs/images/sketch-edited.png")),
        Former("edited.png"),
        Former("grid.png"),
    ];

    private static byte[] Former(string name) => File.ReadAllBytes(InCheckout($"tests/data/former/{name}"));

    private static string InCheckout(string path) => Path.Combine(Checkout.Models, "..", path);

    private static void ReadMetadata(string path)
    {
        if (GeneratedImageFile.ReadRepeatableRecord(path) is not { } record)
            return;
        RecipeChanges.Check(record.Recipe, path);
        RecipeChanges.Check(new SamplingSettings { Seed = record.Seed, Negative = record.Negative }, path);
    }

    private static IEnumerable<byte[]> Torch() =>
        new[] { "ordered_zip.pt", "nested_zip.pt", "newer_layout.pt", "ordered_legacy.pt" }
            .Select(name => File.ReadAllBytes(GoldenFiles.PathOf("checkpoints/" + name)));

    private static IEnumerable<byte[]> Safetensors() =>
        [File.ReadAllBytes(GoldenFiles.PathOf("checkpoints/expected.safetensors"))];

    private static byte[] Packed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private static void ReadCheckpoint(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        // A stride of 0 makes a tensor of any size of a few bytes; networks take only those of their own shapes.
        foreach (var entry in checkpoint.Tensors.Values.Where(entry => entry.ByteCount <= LargestTensor))
            checkpoint.Read(entry, new byte[entry.ByteCount]);
    }

    private static IEnumerable<byte[]> ModelJsons() =>
        new[] { "mini", "openai" }.Select(name =>
            File.ReadAllBytes(Path.Combine(Checkout.Models, name, "model.json")));

    private static void ReadModelSet(string path)
    {
        var models = ModelSet.Read(Path.GetDirectoryName(path)!);
        foreach (string task in new[] { "sample", "inpaint" })
            _ = Recipe.For(models, task);
    }

    private static BatchJournal JournalAt(string path) => new(Path.GetDirectoryName(path)!, Path.GetFileName(path));

    private static void ReadPart(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        File.WriteAllText(Path.Combine(folder, Part), "abc");
        using var part = PartialFile.Open(Path.Combine(folder, "base.pt"), Url);
        part.Discard();
    }

    private static void ReadRows(string path)
    {
        var faults = new List<RowFault>();
        var models = ModelSet.Read(Path.Combine(Checkout.Models, "mini"));
        foreach (var row in BatchFile.Read(path, faults))
        {
            var given = new GivenSettings(row.Options
                .Where(option => SettingName.Find(option.Key) is not null)
                .Select(option => (SettingName.Find(option.Key)!, option.Value)));
            if (given.Faults().Concat(given.Contradictions()).Any())
                continue;
            try
            {
                _ = given.ApplyTo(Recipe.For(models, "sample"));
                _ = given.Sampling().Requests([row.Prompt], chosenSeed: row.Line);
            }
            catch (UsageException)
            {
                // A fault of that row.
            }
        }
    }

    private static byte[] Shard(TarEntryFormat format)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, format, leaveOpen: true))
        {
            byte[] image = PngBuilder.Black(4, 4);
            Write("0000.png", image);
            Write("0000.txt", Text("a hedgehog\n\na hog\n"));
            // Longer than a header has room for.
            string folder = string.Concat(Enumerable.Repeat("folder/", 20));
            if (format != TarEntryFormat.Ustar)
                Write($"{folder}0001.png", image);
            Write("0002.png", image);
            Write("0002.json", Text("""{"caption":"a star","width":4}"""));

            void Write(string name, byte[] bytes)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    _ => new UstarTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(bytes);
                writer.WriteEntry(entry);
            }
        }
        return stream.ToArray();
    }

    private static void ReadDataset(string path)
    {
        var dataset = DatasetReader.Open(path).Dataset;
        _ = dataset.Fingerprint;
        for (int index = 0; index < dataset.Count; index++)
            _ = BadItem.Try(dataset, index, image => TrainingImage.Scale(image, 8));
    }

    // Beside a sound file of the other kind.
    private static void ReadSprites(string path, string other)
    {
        string folder = Path.GetDirectoryName(path)!;
        byte[] image = Own(ImageFormat.Webp);
        File.WriteAllBytes(Path.Combine(folder, other), other == "sprites.bin"
            ? image
            : Text($$"""[{"offset":0,"length":{{Math.Max(1, new FileInfo(path).Length)}},"style":"3d","name":"cat","text":"t"}]"""));
        var dataset = (IDrawnDataset)DatasetReader.Open(folder).Dataset;
        var settings = new BatchSettings(ImageSize: 8, BatchSize: 1, Seed: 0);
        if (dataset.Prepare(settings, progress: null).Count < dataset.Count)
            _ = dataset.Draw(0, settings);
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
