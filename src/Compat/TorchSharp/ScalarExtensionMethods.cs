namespace TorchSharp;

/// <summary>Numbers to scalars and back.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;

    public static Scalar ToScalar(this sbyte value) => value;

    public static Scalar ToScalar(this short value) => value;

    public static Scalar ToScalar(this int value) => value;

    public static Scalar ToScalar(this long value) => value;

    public static Scalar ToScalar(this float value) => value;

    public static Scalar ToScalar(this double value) => value;

    public static Scalar ToScalar(this bool value) => value;

    public static Scalar ToScalar(this Half value) => value;

    public static Scalar ToBFloat16Scalar(this float value) => Scalar.OfBFloat16(value);

    public static Half ToHalf(this Scalar value) => (Half)Checked(value).Value.Double;

    public static float ToSingle(this Scalar value) => (float)Checked(value).Value.Double;

    public static double ToDouble(this Scalar value) => Checked(value).Value.Double;

    public static sbyte ToSByte(this Scalar value) => (sbyte)Checked(value).Value.Integer;

    public static byte ToByte(this Scalar value) => (byte)Checked(value).Value.Integer;

    public static short ToInt16(this Scalar value) => (short)Checked(value).Value.Integer;

    public static int ToInt32(this Scalar value) => (int)Checked(value).Value.Integer;

    public static long ToInt64(this Scalar value) => Checked(value).Value.Integer;

    public static bool ToBoolean(this Scalar value) => Checked(value).Value.Double != 0;

    private static Scalar Checked(Scalar value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }
}
