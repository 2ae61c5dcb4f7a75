using System.Globalization;
using System.IO.Compression;
using Glide.Checkpoints;
using Glide.ClipTraining;
using Glide.ModelSets;
using TorchSharp;

torch.set_num_threads(1);
return args switch
{
    ["train", var folder, var text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture,
        out int steps) && steps > 0 => Train(folder, steps),
    ["study", var folder, var plan, .. var settings] when settings.All(GuidanceStudy.Settings.Contains) =>
        Study(folder, plan, settings),
    ["rows", "upsamplers"] => Print(StudyRows.Upsamplers()),
    ["rows", .. var ways] when ways.Length > 0 && ways.All(StudyRows.IsWay) => Print(StudyRows.Ways(ways)),
    ["pairs", var folder, var images, var baseline, .. var others] when others.Length > 0 =>
        Compare(folder, images, baseline, others),
    _ => Refuse(),
};

// FOLDER holds a model set, PLAN is a number of steps as of --steps.
static int Refuse()
{
    Console.Error.WriteLine("usage: Glide.ClipTraining train FOLDER STEPS");
    Console.Error.WriteLine(
        $"       Glide.ClipTraining study FOLDER PLAN [{string.Join('|', GuidanceStudy.Settings)}]...");
    Console.Error.WriteLine("       Glide.ClipTraining rows upsamplers|PRESET|SAMPLER-STEPS...");
    Console.Error.WriteLine("       Glide.ClipTraining pairs FOLDER PICTURES BASELINE OTHER...");
    return 2;
}

static int Train(string folder, int steps)
{
    using var trainer = new ClipTrainer(steps);
    trainer.Train(Console.WriteLine);
    Write(trainer.ImageWeights(), folder, "clip-image-enc");
    Write(trainer.TextWeights(), folder, "clip-text-enc");
    return 0;
}

static int Study(string folder, string plan, string[] settings)
{
    new GuidanceStudy(ModelSet.Read(folder), plan, Console.WriteLine)
        .Run(settings.Length > 0 ? settings : GuidanceStudy.Settings);
    return 0;
}

static int Print(IEnumerable<string> lines)
{
    foreach (string line in lines)
        Console.WriteLine(line);
    return 0;
}

static int Compare(string folder, string images, string baseline, string[] others)
{
    new PairStudy(ModelSet.Read(folder), images, Console.WriteLine).Run(baseline, others);
    return 0;
}

static void Write(IEnumerable<(string Name, torch.Tensor Value)> weights, string folder, string name)
{
    string plain = Path.Combine(folder, $"{name}.safetensors");
    SafetensorsWriter.Write(plain, weights.Select(weight =>
        (weight.Name, ElementType.Float16, weight.Value.shape, Writer(weight.Value))), metadata: null);
    using (var source = File.OpenRead(plain))
    using (var target = new GZipStream(File.Create($"{plain}.gz"), CompressionLevel.SmallestSize))
        source.CopyTo(target);
    File.Delete(plain);
}

static Action<Stream> Writer(torch.Tensor value) => stream =>
{
    using var half = value.detach().to(torch.ScalarType.Float16).contiguous();
    stream.Write(half.bytes);
};
