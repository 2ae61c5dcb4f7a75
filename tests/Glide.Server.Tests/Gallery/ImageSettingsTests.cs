using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Server.Gallery;
using Glide.Server.Jobs;

namespace Glide.Server.Tests.Gallery;

public sealed class ImageSettingsTests
{
    private static readonly ModelSet s_mini = ModelSet.Read(Path.Combine(GlideProcess.Checkout, "models", "mini"));

    public static TheoryData<string> Rows =>
    [
        "{}",
        """{"steps":"60"}""",
        """{"quality":"paper"}""",
        """{"quality":"draft","steps":"11"}""",
        """{"sampler":"ddim","eta":0.5}""",
        """{"sampler":"ddpm","steps":"24"}""",
        """{"upsample_sampler":"ddim","upsample_temp":0.9,"upsample_threshold":"dynamic"}""",
        """{"guidance_scale":5,"negative":"a star","and":"a ring:0.5"}""",
        """{"cfgpp":true}""",
        """{"guidance":"both","clip_scale":2}""",
        """{"guidance":"clip"}""",
        """{"no_upsample":true}""",
        """{"size":"192x128","tile":"x"}""",
        """{"size":"192x128","no_upsample":true}""",
        """{"base.temperature":0.9,"upsample.guidance_rescale":0.2}""",
    ];

    [Theory, MemberData(nameof(Rows))]
    public void A_row_of_what_an_image_says_has_its_recipe(string row)
    {
        var fields = JsonNode.Parse(row)!.AsObject();
        fields["prompt"] = "a red circle";
        fields["seed"] = 7;
        var made = Plan(fields);
        var request = made.Requests[0];
        var again = new ImageSettings(s_mini).Of(Record(made) with
        {
            Width = fields.ContainsKey("size") ? 192 : 128,
        });
        again["prompt"] = request.Prompt;
        var planned = Plan(again);
        Assert.Equal(made.Recipe.ToJson(), planned.Recipe.ToJson());
        Assert.Equal((request.Seed, request.Negative, request.And.ToRecord()),
            (planned.Requests[0].Seed, planned.Requests[0].Negative, planned.Requests[0].And.ToRecord()));
    }

    [Fact]
    public void What_is_usual_is_not_said()
    {
        var made = Plan(new JsonObject { ["prompt"] = "a", ["seed"] = 7, ["steps"] = "60" });
        var said = new ImageSettings(s_mini).Of(Record(made));
        Assert.Equal(["seed", "steps"], said.Select(field => field.Key));
    }

    private static ImageMetadata Record(JobPlan plan) => new()
    {
        Task = "sample",
        Prompt = plan.Requests[0].Prompt,
        Negative = plan.Requests[0].Negative,
        And = plan.Requests[0].And.ToRecord(),
        Seed = plan.Requests[0].Seed,
        Model = "mini",
        ModelHash = "",
        Version = "",
        Device = "cpu",
        Dtype = "fp32",
        Threads = 1,
        Recipe = plan.Recipe,
        Width = 128,
        Height = 128,
    };

    private static JobPlan Plan(JsonObject row) =>
        new JobReader(s_mini, Path.GetTempPath()).Plan(JobRequest.Parse(row.ToJsonString()));
}
