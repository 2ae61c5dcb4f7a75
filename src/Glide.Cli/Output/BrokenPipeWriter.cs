using System.Text;

namespace Glide.Cli.Output;

/// <summary>
/// A standard stream whose text is lost where it cannot be written, such as into a log on a full disk: the run goes on
/// without it.
/// </summary>
internal sealed class BrokenPipeWriter(TextWriter inner) : TextWriter
{
    /// <summary>Why text was lost, <c>null</c> if none was.</summary>
    public IOException? Failure { get; private set; }

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException failure)
        {
            Failure = failure;
        }
    }
}
