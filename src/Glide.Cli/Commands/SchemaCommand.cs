using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Glide.Batches;
using Glide.Cli.Output;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Commands;

/// <summary><c>glide schema</c>: the fields of a batch's rows, for editors and programs that write batches.</summary>
internal sealed class SchemaCommand : Command, IExamples
{
    public SchemaCommand(TextWriter output)
        : base("schema")
    {
        SetAction(_ =>
        {
            var schema = SettingsSchema.Of("A row of glide batch", "prompt", RowReader.Settings, RowReader.Others);
            using var text = new MemoryStream();
            var readable = new JsonWriterOptions
            {
                Indented = true,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            };
            using (var writer = new Utf8JsonWriter(text, readable))
                schema.WriteTo(writer);
            output.WriteLine(Encoding.UTF8.GetString(text.ToArray()));
            return ExitCode.Done;
        });
    }

    public IReadOnlyList<string> Examples { get; } = ["glide schema"];
}
