using System.Text.Json.Nodes;
using Glide.ModelSets;
using Glide.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Glide.Server.Http;

/// <summary>The page, what it shows of the server, and the token that it asks for.</summary>
/// <param name="models">The model set.</param>
/// <param name="guard">Knows the token.</param>
internal sealed class PageEndpoints(ModelSet models, RequestGuard guard)
{
    private static readonly (string Path, string File, string Type)[] s_files =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/page.css", "page.css", "text/css; charset=utf-8"),
        ("/page.js", "page.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "icon.svg", "image/svg+xml"),
    ];

    public void MapTo(IEndpointRouteBuilder routes)
    {
        foreach (var (path, file, type) in s_files)
        {
            byte[] content = Read(file);
            routes.MapGet(path, async context =>
            {
                context.Response.ContentType = type;
                await context.Response.Body.WriteAsync(content, context.RequestAborted);
            });
        }
        routes.MapGet("/api/info", context => context.SendJson(Info()));
        routes.MapPost("/api/login", Login);
    }

    private JsonObject Info()
    {
        var recipe = Recipe.For(models, "sample");
        return new JsonObject
        {
            ["model"] = models.Name,
            ["title"] = models.Title,
            ["version"] = ImageMetadata.LibraryVersion,
            ["size"] = CascadeSizes.UsualSides(models, recipe)[^1],
            ["stages"] = recipe.Stages.Count,
            ["can_inpaint"] = models.Recipes.ContainsKey("inpaint"),
        };
    }

    private async Task Login(HttpContext context)
    {
        string? token = (await context.ReadObject()).Text("token");
        if (!guard.Knows(token))
            throw new RequestException(StatusCodes.Status401Unauthorized, "this is not the token") { Field = "token" };
        if (guard.NeedsToken)
        {
            context.Response.Cookies.Append(RequestGuard.Cookie, token!, new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = context.Request.IsHttps,
                MaxAge = TimeSpan.FromDays(30),
            });
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(PageEndpoints).Assembly.GetManifestResourceStream($"Page/{file}")!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
