using System.CommandLine;
using Glide.Cli.Commands;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Training;

namespace Glide.Cli.Training;

/// <summary><c>glide models pack</c>: trained networks as a model set.</summary>
internal sealed class ModelsPackCommand : Command, IExamples
{
    private readonly Argument<string[]> _runs = new("RUN")
    {
        Description = "Folders of 'glide train', one for each network.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> _output = OptionValues.Text("--output", ["-o"], "SET",
        "Folder of the set; a set that is there gets the networks too.",
        path => OptionValues.OutputFault(path, "a folder"));
    private readonly Option<string?> _licence = OptionValues.Text("--licence", ["--license"], "NAME",
        "License of the weights, for model.json.");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");

    public ModelsPackCommand(TextWriter output, TextWriter error)
        : base("pack", "Makes a model set of trained networks: their averaged weights in fp16, and a model.json.")
    {
        Add(_runs);
        Add(_output);
        Add(_licence);
        Add(_verbose);
        Validators.Add(result =>
        {
            if (!result.IsGiven(_output))
                result.AddError("-o is missing; give the folder of the set, such as -o my-set");
        });
        SetAction(parsed => ModelsRun.Execute(error, parsed.GetValue(_verbose), cancellation =>
        {
            string folder = parsed.GetValue(_output)!;
            ModelPack.Pack(parsed.GetValue(_runs)!, folder, parsed.GetValue(_licence), cancellation);
            output.WriteLine(folder);
        }));
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide models pack run-base run-upsample -o my-set",
        "glide models pack run-inpaint -o my-set --licence CC0",
    ];
}
