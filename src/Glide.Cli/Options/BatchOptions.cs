using System.CommandLine;
using System.CommandLine.Parsing;
using Glide.Batches;
using Glide.Cli.Batches;

namespace Glide.Cli.Options;

/// <summary>Which rows of a file a batch makes, and how it goes about them.</summary>
internal sealed class BatchOptions
{
    private const string JsonLines = "jsonl";

    private readonly Option<bool> _keepGoing =
        OptionValues.Flag("--keep-going", "Skip rows that cannot be understood instead of refusing FILE.");
    private readonly Option<bool> _failFast =
        OptionValues.Flag("--fail-fast", "Stop at the first image that cannot be made.");
    private readonly Option<string?> _shard = OptionValues.Text("--shard", [], "K/N",
        "Make every N-th row, starting with the K-th. auto reads Slurm's array or Kubernetes' Indexed Job (with "
            + "GLIDE_SHARDS).",
        text =>
        {
            _ = Shard.Parse(text, Environment.GetEnvironmentVariable);
            return null;
        });
    private readonly Option<string?> _format =
        OptionValues.OneOf("--format", [], "NAME",
            "Format of FILE: text, jsonl or csv. Default: by its name; text on stdin.", "text", JsonLines, "csv");
    private readonly Option<string?> _progress =
        OptionValues.OneOf("--progress", [], "FORM", "text or jsonl, one event per line on stderr. Default: text.",
            "text", JsonLines);

    public Option<bool> Resume { get; } = OptionValues.Flag("--resume",
        "Continue an earlier run of the same FILE; make what is missing.");

    public IReadOnlyList<Option> All => [Resume, _keepGoing, _failFast, _shard, _format, _progress];

    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Add(option);
    }

    /// <summary>The rows of a file.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">The file's path; - for stdin.</param>
    public BatchInput Input(ParseResult parsed, string file) =>
        new(file, parsed.GetValue(_format), parsed.GetValue(_keepGoing));

    /// <summary>The share of the rows.</summary>
    /// <exception cref="UsageException">It is asked from the surroundings, which do not say.</exception>
    public Shard ShardOf(ParseResult parsed) => parsed.GetValue(_shard) is { } text
        ? Shard.Parse(text, Environment.GetEnvironmentVariable) : Shard.Whole;

    /// <summary>Whether it goes on where an earlier run stopped.</summary>
    public bool Resumes(ParseResult parsed) => parsed.GetValue(Resume);

    /// <summary>Whether the first image that cannot be made ends it.</summary>
    public bool FailsFast(ParseResult parsed) => parsed.GetValue(_failFast);

    public bool TellsJson(ParseResult parsed) => parsed.GetValue(_progress) == JsonLines;

    /// <summary>The same before values are known, for validators.</summary>
    public bool TellsJson(SymbolResult result) => result.WrittenFor(_progress) == JsonLines;
}
