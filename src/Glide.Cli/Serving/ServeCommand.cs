using System.CommandLine;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Pipelines.Settings;
using Glide.Server;

namespace Glide.Cli.Serving;

/// <summary><c>glide serve</c>: a page and APIs on a port, with models that are loaded once.</summary>
internal sealed class ServeCommand : Command, IExamples
{
    /// <summary>Environment variable with the token, which other users of the machine do not see.</summary>
    public const string TokenVariable = "GLIDE_TOKEN";

    private readonly Option<long?> _port = OptionValues.Whole("--port", [], "N",
        $"Port that the server listens on; 0 for any free one. Default: {ServerOptions.DefaultPort}.", (0, 65535));
    private readonly Option<string?> _host = OptionValues.Text("--host", [], "ADDRESS",
        $"Address that the server listens on; one that other machines reach needs --token. Default: "
            + $"{ServerOptions.DefaultHost}.",
        value => value.Length > 0 ? null : "an address");
    private readonly Option<string?> _token = OptionValues.Text("--token", [], "TEXT",
        $"What clients must know, {ServerOptions.LeastToken} characters or more. Default: ${TokenVariable}.",
        value => value.Length > 0 ? null : "a text");
    private readonly Option<long?> _queue = OptionValues.Whole("--queue", [], "N",
        $"Jobs that may wait; more are refused. Default: {ServerOptions.DefaultMostWaiting}.", (1, 10_000));
    private readonly Option<string?> _folder = OptionValues.Text("--output", ["-o"], "FOLDER",
        "Folder for images and journals, which the page shows. Default: glide-images.",
        path => OptionValues.OutputFault(path, "a folder"));
    private readonly Option<bool> _quiet = OptionValues.Flag("--quiet", "Print the address and errors only.", "-q");
    private readonly Option<bool> _verbose =
        OptionValues.Flag("--verbose", "Print errors with their stack trace.", "-v");
    private readonly ModelOptions _model = new();

    public ServeCommand(TextWriter output, TextWriter error)
        : base("serve")
    {
        this.Add(SettingGroup.Command, _port, _host, _token, _queue);
        this.Add(SettingGroup.Output, _folder, _quiet, _verbose);
        _model.AddServedTo(this);
        SetAction(parsed =>
        {
            var settings = new OutputSettings(
                parsed.GetValue(_folder) ?? "glide-images", Overwrite: false, Json: false, parsed.GetValue(_quiet),
                parsed.GetValue(_verbose));
            return new CommandHost(settings, output, error).Execute(run => Serve(run, parsed, settings, error));
        });
    }

    public IReadOnlyList<string> Examples { get; } =
    [
        "glide serve",
        "glide serve --port 8080 -m mini -o images",
        "glide serve --host 0.0.0.0 --token 0123456789abcdef",
    ];

    private void Serve(CommandHost run, ParseResult parsed, OutputSettings settings, TextWriter error)
    {
        string? token = parsed.GetValue(_token) ?? Environment.GetEnvironmentVariable(TokenVariable);
        var options = new ServerOptions
        {
            Models = run.FindModels(_model.Model(parsed)),
            Device = _model.Device(parsed),
            Folder = settings.Path!,
            Host = parsed.GetValue(_host) ?? ServerOptions.DefaultHost,
            Port = (int?)parsed.GetValue(_port) ?? ServerOptions.DefaultPort,
            Token = string.IsNullOrEmpty(token) ? null : token,
            MostWaiting = (int?)parsed.GetValue(_queue) ?? ServerOptions.DefaultMostWaiting,
            Warn = text => Messages.Warn(error, text),
            Saved = (path, _) =>
            {
                run.Lines.WriteLine(path);
                run.Lines.Flush();
            },
        };
        run.CleanUpIn(options.Folder);
        run.FinishBatchOnInterrupt();
        using var server = new GlideServer(options);
        server.Start();
        error.WriteLine($"serving on {server.Address} (Ctrl-C stops)");
        run.Stop.WaitHandle.WaitOne();
        server.Stop();
    }
}
