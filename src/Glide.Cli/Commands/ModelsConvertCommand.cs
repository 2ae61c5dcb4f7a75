using System.CommandLine;
using Glide.Checkpoints;
using Glide.Cli.Options;
using Glide.Cli.Output;

namespace Glide.Cli.Commands;

/// <summary><c>glide models convert</c>: a checkpoint as safetensors.</summary>
internal sealed class ModelsConvertCommand : Command, IExamples
{
    private readonly Argument<string> _input =
        new("IN") { Description = "A checkpoint of any format that glide reads." };
    private readonly Argument<string> _output =
        new("OUT") { Description = "The file to write; it ends in .safetensors." };
    private readonly Option<string?> _dtype = OptionValues.OneOf("--dtype", [], "TYPE",
        "fp32, fp16 or bf16. Default: the types that the tensors have.", "fp32", "fp16", "bf16");
    private readonly Option<string?> _key = ModelOptions.WeightsKey();
    private readonly Option<string[]> _loras = LoraOption.Create("FILE[:WEIGHT]",
        "Merges a LoRA file into the weights, multiplied by WEIGHT from -10 to 10. May be given several times. "
            + "Default: WEIGHT 1.");
    private readonly Option<bool> _overwrite = OptionValues.Flag("--overwrite", "Replace OUT if it is there.");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    public ModelsConvertCommand(TextWriter output, TextWriter error)
        : base("convert",
            "Writes a checkpoint as safetensors, which loads faster. Next to the original, with the same name, it is "
                + "loaded instead.")
    {
        Add(_input);
        Add(_output);
        Add(_dtype);
        Add(_key);
        Add(_loras);
        Add(_overwrite);
        Add(_verbose);
        SetAction(parsed => ModelsRun.Execute(error, parsed.GetValue(_verbose), cancellation =>
        {
            string path = parsed.GetValue(_output)!;
            var weights = new ConvertedWeights(parsed.GetValue(_key), LoraOption.Read(parsed.GetValue(_loras) ?? []));
            foreach (string notice in CheckpointConverter.Convert(parsed.GetValue(_input)!, path,
                parsed.GetValue(_dtype), parsed.GetValue(_overwrite), weights, cancellation))
            {
                Messages.Warn(error, notice);
            }
            output.WriteLine(path);
        }));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide models convert base.pt base.safetensors",
        "glide models convert base.pt base.safetensors --dtype fp16",
        "glide models convert training.ckpt base.safetensors --weights-key ema",
        "glide models convert base.pt styled.safetensors --lora style.safetensors:0.8",
    ];
}
