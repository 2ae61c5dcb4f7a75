using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Glide.Batches;

namespace Glide.Cli.Output;

/// <summary>What is said to people on stderr. It may quote files that nobody trusts.</summary>
internal static class Messages
{
    /// <summary>Writes what is good to know and need not be acted on.</summary>
    public static void Warn(TextWriter error, string text) => error.WriteLine($"warning: {Plain(text)}");

    public static void Fail(TextWriter error, string text) => error.WriteLine($"error: {Plain(text)}");

    /// <summary>
    /// The text with its control characters shown, so that no terminal obeys them; ends of lines stay.
    /// </summary>
    public static string Plain(string text)
    {
        if (!text.Any(OutputNames.IsObeyed))
            return text;
        var plain = new StringBuilder();
        foreach (char c in text)
        {
            plain.Append(OutputNames.IsObeyed(c)
                ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")
                : c.ToString());
        }
        return plain.ToString();
    }

    /// <summary>The text on one line, each control character a blank.</summary>
    public static string OneLine(string text) =>
        string.Concat(text.Select(c => c == '\n' || OutputNames.IsObeyed(c) ? ' ' : c));
}

/// <summary>Turns errors into one line for people and an exit code for scripts.</summary>
internal sealed class ErrorReporter(TextWriter error, bool verbose)
{
    /// <summary>Writes what went wrong; the stack trace only when asked for.</summary>
    /// <returns>The exit code.</returns>
    public int Report(Exception exception)
    {
        var cause = Unwrap(exception);
        Messages.Fail(error, MessageOf(cause));
        if (verbose)
            error.WriteLine(cause);
        else if (ExitCode.For(cause) == ExitCode.Unexpected && cause is not GlideException)
            error.WriteLine("       run again with --verbose for the details");
        return ExitCode.For(cause);
    }

    private static Exception Unwrap(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions.Count: 1, InnerException: { } inner } => Unwrap(inner),
        TypeInitializationException { InnerException: { } inner } => Unwrap(inner),
        ExternalException external when IsOutOfMemory(external.Message) =>
            new ResourceException(
                $"out of memory; {FirstLine(external.Message)}; lower --batch-size, close other programs, or use "
                    + $"--device cpu", external),
        OutOfMemoryException memory =>
            new ResourceException("out of memory; lower --batch-size, or close other programs", memory),
        IOException io when IsDiskFull(io) =>
            new ResourceException(
                $"the disk is full; {io.Message}; free some space or choose another folder with --output", io),
        _ => exception,
    };

    private static string MessageOf(Exception exception) => exception switch
    {
        GlideException => exception.Message,
        DllNotFoundException or BadImageFormatException =>
            $"a native library cannot be loaded; {FirstLine(exception.Message)}; run scripts/setup again",
        _ => $"{exception.GetType().Name}; {FirstLine(exception.Message)}",
    };

    private static bool IsOutOfMemory(string message) =>
        message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) ||
        message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase) ||
        message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase) ||
        message.Contains("bad_alloc", StringComparison.Ordinal);

    // ENOSPC, EDQUOT and EFBIG as .NET hands them on.
    private static bool IsDiskFull(IOException exception) =>
        (exception.HResult & 0xFFFF) is 28 or 122 or 27
            || exception.Message.Contains("No space left", StringComparison.Ordinal);

    /// <summary>What is for people: the lines after the first are libtorch's backtrace.</summary>
    internal static string FirstLine(string text)
    {
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }
}
