using System.Text.Json.Nodes;
using Glide.Images;
using Glide.Server.Tests.Support;

namespace Glide.Server.Tests.Http;

[Collection(SharedServer.Name)]
public sealed class OpenAiTests(SharedServer shared)
{
    [Fact]
    public async Task Edits_paint_where_the_mask_is_transparent_and_keep_all_else()
    {
        var server = shared.Server;
        var image = TestImages.Colors(96, 72);
        var (status, body) = await Edit(server, ImageFile.ToPng(image), TestImages.TransparentMask(96, 72));
        Assert.Equal(200, status);
        using var stream = new MemoryStream(Convert.FromBase64String((string)body["data"]![0]!["b64_json"]!));
        TestImages.AssertPaintedInside(image, ImageFile.Load(stream, "answer").Image);
    }

    [Fact]
    public async Task An_edit_says_what_is_wrong_with_its_files()
    {
        var server = shared.Server;
        byte[] image = ImageFile.ToPng(TestImages.Colors(96, 72));
        Assert.Equal((400, "mask"), await Refused(image, null));
        Assert.Equal((400, "mask"), await Refused(image, image));
        Assert.Equal((400, "mask"), await Refused(image, "no image"u8.ToArray()));
        Assert.Equal((400, (string?)null), await Refused("GIF89a"u8.ToArray(), TestImages.TransparentMask(96, 72)));
        Assert.Equal((400, "size"), await Refused(image, TestImages.TransparentMask(96, 72), ("size", "128x128")));

        async Task<(int, string?)> Refused(byte[] sent, byte[]? mask, params (string, string)[] fields)
        {
            var (status, body) = await Edit(server, sent, mask, fields);
            return (status, (string?)body["error"]!["param"]);
        }
    }

    [Theory]
    [InlineData("""{"n":1}""", "prompt")]
    [InlineData("""{"prompt":["a"]}""", "prompt")]
    [InlineData("""{"prompt":"\ud800"}""", "prompt")]
    [InlineData("""{"prompt":"a","n":0}""", "n")]
    [InlineData("""{"prompt":"a","size":"100x100"}""", "size")]
    [InlineData("""{"prompt":"a","response_format":"gif"}""", "response_format")]
    [InlineData("""{"prompt":"a","stream":true}""", "stream")]
    [InlineData("""{"prompt":"a","output_format":"webp"}""", "output_format")]
    public async Task A_bad_field_is_named(string row, string field)
    {
        var server = shared.Server;
        var (status, body) = await server.Post("/v1/images/generations", row);
        Assert.Equal(400, status);
        Assert.Equal("invalid_request_error", (string)body!["error"]!["type"]!);
        Assert.Equal(field, (string)body["error"]!["param"]!);
    }

    [Fact]
    public async Task An_address_leads_to_the_image()
    {
        var server = shared.Server;
        var (_, body) = await server.Post("/v1/images/generations", """{"prompt":"a red circle","n":1,"quality":"hd"}""");
        var url = new Uri((string)body!["data"]![0]!["url"]!);
        Assert.Equal((byte)'P', (await server.Client.GetByteArrayAsync(url))[1]);
    }

    private static async Task<(int Status, JsonNode Body)> Edit(
        RunningServer server, byte[] image, byte[]? mask, params (string Name, string Value)[] fields)
    {
        using var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(image), "image", "image.png");
        if (mask is not null)
            form.Add(new ByteArrayContent(mask), "mask", "mask.png");
        foreach (var (name, value) in fields.Concat([("prompt", "a green star"), ("response_format", "b64_json")]))
            form.Add(new StringContent(value), name);
        using var response = await server.Client.PostAsync(new Uri("/v1/images/edits", UriKind.Relative), form);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
