using System.Globalization;
using System.Reflection;

namespace Glide.Compat.Tests.Signatures;

/// <summary>Default values as signatures spell them: <c>1e-5</c>, <c>1.0 / 3</c>, <c>PaddingModes.Zeros</c>, <c>null</c>.</summary>
internal static class DefaultText
{
    public static bool Means(string text, ParameterInfo parameter)
    {
        object? value = parameter.RawDefaultValue;
        text = text.Replace(" ", "", StringComparison.Ordinal);
        if (text is "null" or "default" or "null!") return value is null || (text == "default" && IsZero(value));
        if (value is null) return false;
        if (text is "true" or "false") return value is bool flag && flag == (text == "true");
        if (text.StartsWith('"')) return value is string written && written == text[1..^1];
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        if (type.IsEnum)
            return Enum.TryParse(type, text.Split('.')[^1].TrimStart('@'), out object? named)
                && Convert.ToInt64(named, CultureInfo.InvariantCulture) == Convert.ToInt64(value, CultureInfo.InvariantCulture);
        return value is IConvertible and not string and not bool && Number(text) is { } number
            && Same(number, value);
    }

    private static bool Same(double number, object value) => value is float single
        ? (float)number == single
        : number == Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private static bool IsZero(object value) => value is IConvertible and not string
        && Convert.ToDouble(value, CultureInfo.InvariantCulture) == 0;

    private static double? Number(string text)
    {
        if (text.Split('/') is [var above, var below]) return Number(above) / Number(below);
        string digits = text.TrimEnd('f', 'F', 'd', 'D', 'm', 'M', 'l', 'L', 'u', 'U');
        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
    }
}
