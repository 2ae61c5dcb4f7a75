using System.CommandLine;
using Glide.Pipelines;

namespace Glide.Cli.Options;

/// <summary>Which guidance draws the picture towards its prompt.</summary>
internal sealed class ClipOptions
{
    private readonly Option<string?> _guidance = OptionValues.OneOf("--guidance", [], "KIND",
        "cfg: the network with and without the prompt; clip: the gradient of CLIP's score; both. Default: cfg.", "cfg", "clip", "both");
    private readonly Option<double?> _scale = OptionValues.Number("--clip-scale", [], "X", "How strongly CLIP guides; 0 switches it off. Default: 3.", 0, 1000);

    private readonly Option<long?> _bestOf = OptionValues.Whole("--best-of", [], "N", "Draw N small pictures per prompt, with seeds S, S+1, ..., and finish the --count that CLIP scores highest.", 1, 100_000);

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="guidanceScale">The scale of classifier-free guidance.</param>
    public void AddTo(Command command, Option<double?> guidanceScale)
    {
        command.Add(_guidance);
        command.Add(_scale);
        command.Add(_bestOf);
        command.Validators.Add(result =>
        {
            string kind = result.GetValue(_guidance) ?? "cfg";
            if (kind == "cfg" && result.GetResult(_scale) is { Implicit: false })
                result.AddError("--clip-scale belongs to CLIP's guidance; add --guidance clip or --guidance both");
            if (kind == "clip" && result.GetResult(guidanceScale) is { Implicit: false })
                result.AddError($"--guidance clip and {guidanceScale.Name} contradict each other; use --guidance both, or leave one out");
        });
    }

    /// <summary>Candidates per prompt; <c>null</c> where every picture is kept.</summary>
    public int? BestOf(ParseResult parsed) => (int?)parsed.GetValue(_bestOf);

    /// <summary>The base stage with the user's guidance.</summary>
    public StageRecipe Apply(ParseResult parsed, StageRecipe stage) => (parsed.GetValue(_guidance) ?? "cfg") switch
    {
        "clip" => stage with { GuidanceScale = 1, ClipScale = Scale(parsed, stage) },
        "both" => stage with { ClipScale = Scale(parsed, stage) },
        _ => stage,
    };

    private double Scale(ParseResult parsed, StageRecipe stage) => parsed.GetValue(_scale) ?? stage.ClipScale ?? StageRecipe.DefaultClipScale;
}
