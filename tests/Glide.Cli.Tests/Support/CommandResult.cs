namespace Glide.Cli.Tests.Support;

/// <summary>What a run of the program left behind.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);
