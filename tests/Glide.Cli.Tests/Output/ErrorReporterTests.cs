using System.ComponentModel;
using Glide.Cli.Output;

namespace Glide.Cli.Tests.Output;

public sealed class ErrorReporterTests
{
    public static TheoryData<Exception, int, string> Errors => new()
    {
        { new Win32Exception(1, "CUDA out of memory. Tried to allocate 2.00 GiB\n  frame #0"), 6,
            "error: out of memory; CUDA out of memory. Tried to allocate 2.00 GiB; lower --batch-size, close other "
                + "programs, or use --device cpu" },
        { new InsufficientMemoryException(), 6, "error: out of memory; lower --batch-size, or close other programs" },
        { new AggregateException(new ResourceException("disk full writing 'a.png'")), 6,
            "error: disk full writing 'a.png'" },
        { new IOException("No space left on device : '/x/a.png'"), 6,
            "error: the disk is full; No space left on device : '/x/a.png'; free some space or choose another folder "
                + "with --output" },
        { new UsageException("bad row"), 2, "error: bad row" },
        { new UsageException("unknown field '\e[2J\u009B\u202E\a'"), 2,
            "error: unknown field '\\u001b[2J\\u009b\\u202e\\u0007'" },
    };

    [Theory, MemberData(nameof(Errors))]
    public void An_error_is_one_line_and_the_exit_code_of_its_kind(Exception error, int exitCode, string line)
    {
        var writer = new StringWriter();
        Assert.Equal(exitCode, new ErrorReporter(writer, verbose: false).Report(error));
        Assert.Equal($"{line}\n", writer.ToString());
    }
}
