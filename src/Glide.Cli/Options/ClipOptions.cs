using System.CommandLine;
using Glide.Pipelines;

namespace Glide.Cli.Options;

/// <summary>Which guidance draws the image towards its prompt.</summary>
internal sealed class ClipOptions
{
    private readonly Option<string?> _guidance = OptionValues.OneOf("--guidance", [], "KIND",
        "cfg: the network with and without the prompt; clip: the gradient of CLIP's score; both. Default: cfg.", "cfg", "clip", "both");
    private readonly Option<double?> _scale = OptionValues.Number("--clip-scale", [], "X", "How strongly CLIP guides; 0 switches it off. Default: 3.", 0, 1000);
    private readonly Option<long?> _bestOf = OptionValues.Whole("--best-of", [], "N", "Draw N small images per prompt, with seeds S, S+1, ..., and finish the --count that CLIP scores highest.", 1, 100_000);
    private readonly Option<string?> _cull = OptionValues.Text("--cull", [], "SHARE@AT", "With --best-of: drop that share of the candidates when that part of the steps is done, by the score of the noisy images. 0.5@0.4 drops the worse half at 40 %.",
        text =>
        {
            _ = EarlyPruning.Parse(text);
            return null;
        });

    /// <summary>Options that choose among images.</summary>
    public IReadOnlyList<Option> Choosing => [_bestOf, _cull];

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="ofClassifierFree">Options of classifier-free guidance.</param>
    public void AddTo(Command command, IReadOnlyList<Option> ofClassifierFree)
    {
        command.Add(_guidance);
        command.Add(_scale);
        command.Add(_bestOf);
        command.Add(_cull);
        command.Validators.Add(result =>
        {
            string kind = result.WrittenFor(_guidance) ?? "cfg";
            if (kind == "cfg" && result.GetResult(_scale) is { Implicit: false })
                result.AddError("--clip-scale belongs to CLIP's guidance; add --guidance clip or --guidance both");
            foreach (var option in ofClassifierFree)
            {
                if (kind == "clip" && result.GetResult(option) is { Implicit: false })
                    result.AddError($"--guidance clip and {option.Name} contradict each other; use --guidance both, or leave one out");
            }
            if (result.GetResult(_cull) is { Implicit: false } && result.GetResult(_bestOf) is null or { Implicit: true })
                result.AddError("--cull drops candidates of --best-of; add --best-of N or leave --cull out");
        });
    }

    /// <summary>Candidates per prompt; <c>null</c> where every image is kept.</summary>
    public int? BestOf(ParseResult parsed) => (int?)parsed.GetValue(_bestOf);

    /// <summary>How candidates are dropped on the way; <c>null</c> where all are drawn to the end.</summary>
    /// <exception cref="UsageException">It drops none, or more than may be dropped.</exception>
    public EarlyPruning? Cull(ParseResult parsed, int count)
    {
        if (parsed.GetValue(_cull) is not { } text || BestOf(parsed) is not { } candidates)
            return null;
        var culling = EarlyPruning.Parse(text);
        int kept = culling.Kept(candidates);
        if (kept == candidates)
            throw new UsageException($"--cull {text} drops none of --best-of {candidates}; allowed is a share of at least one image; raise one of them or leave --cull out");
        if (kept < count)
            throw new UsageException($"--cull {text} leaves {kept} of --best-of {candidates}, fewer than --count {count}; allowed is --count or more; lower the share or raise --best-of");
        return culling;
    }

    /// <summary>The base stage with the user's guidance.</summary>
    public StageRecipe Apply(ParseResult parsed, StageRecipe stage) => (parsed.GetValue(_guidance) ?? "cfg") switch
    {
        "clip" => stage with { GuidanceScale = 1, ClipScale = Scale(parsed, stage) },
        "both" => stage with { ClipScale = Scale(parsed, stage) },
        _ => stage,
    };

    private double Scale(ParseResult parsed, StageRecipe stage) => parsed.GetValue(_scale) ?? stage.ClipScale ?? StageRecipe.DefaultClipScale;
}
