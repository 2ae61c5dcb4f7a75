using System.Globalization;
using System.IO.Compression;
using Glide.Checkpoints;
using Glide.ClipTraining;
using TorchSharp;

// Trains the mini models' noised CLIP. Arguments: the folder that the two files go to, and the number of steps.
if (args.Length != 2 || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out int steps) || steps < 1)
{
    Console.Error.WriteLine("usage: Glide.ClipTraining FOLDER STEPS");
    return 2;
}
torch.set_num_threads(1);
using var trainer = new ClipTrainer(steps);
trainer.Train(line => Console.WriteLine(line));
Write(trainer.ImageWeights(), "clip-image-enc");
Write(trainer.TextWeights(), "clip-text-enc");
return 0;

void Write(IEnumerable<(string Name, torch.Tensor Value)> weights, string name)
{
    string plain = Path.Combine(args[0], $"{name}.safetensors");
    SafetensorsWriter.Write(plain, weights.Select(weight => (weight.Name, ElementType.Float16, weight.Value.shape, Writer(weight.Value))), metadata: null);
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
