namespace Glide.Tests.Images;

/// <summary>JPEGs of 17×13 pixels, made with Pillow 9.4 (the last one with libjpeg-turbo) at quality 92.</summary>
internal static class JpegSamples
{
    /// <summary>R = 40 + 10x, G = 200 − 9y, B = 60 + 3x + 4y; colors at half size (4:2:0).</summary>
    public static byte[] Baseline => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwS
        ExIQEw8QEBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/wAAR
        CAANABEDASIAAhEBAxEB/8QAFwAAAwEAAAAAAAAAAAAAAAAAAAcIBP/EACEQAAECBgIDAAAAAAAAAAAAAAAFoQQGISIjMgEVFlFT/8QAFgEB
        AQEAAAAAAAAAAAAAAAAABQMH/8QAGxEAAQUBAQAAAAAAAAAAAAAAAAECAwZRFiL/2gAMAwEAAhEDEQA/ANCDNmuVxjoM2a5XJbQVqLtq4x0F
        ai7auDupMeIE0Wss8lC+Wc/RwFF3UX7cCfEx4htfNMw//9k=
        """);

    /// <summary>The same image, progressive.</summary>
    public static byte[] Progressive => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwS
        ExIQEw8QEBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/wgAR
        CAANABEDASIAAhEBAxEB/8QAFwAAAwEAAAAAAAAAAAAAAAAAAAYHA//EABYBAQEBAAAAAAAAAAAAAAAAAAQCBv/aAAwDAQACEAMQAAAB0Y5a
        yDJQhRJ2v//EABkQAAMBAQEAAAAAAAAAAAAAAAACAwQTFP/aAAgBAQABBQKGshrPWQsxCzHZj//EABgRAAMBAQAAAAAAAAAAAAAAAAABBRUh
        /9oACAEDAQE/AYUxcM1H/8QAGBEAAgMAAAAAAAAAAAAAAAAAAAIBBRX/2gAIAQIBAT8BmkUxFP/EABYQAQEBAAAAAAAAAAAAAAAAADEAIP/a
        AAgBAQAGPwJmcf/EABcQAAMBAAAAAAAAAAAAAAAAAAAQITH/2gAIAQEAAT8hyGSE5Ov/2gAMAwEAAgADAAAAEGMf/8QAFREBAQAAAAAAAAAA
        AAAAAAAAAGH/2gAIAQMBAT8QFN//xAAXEQADAQAAAAAAAAAAAAAAAAAAAVFh/9oACAECAQE/EIEYI//EABkQAQADAQEAAAAAAAAAAAAAAABB
        ofERYf/aAAgBAQABPxDRaLrSStJW9bf/2Q==
        """);

    /// <summary>One channel: 40 + 10x.</summary>
    public static byte[] Gray => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwS
        ExIQEw8QEBD/wAALCAANABEBAREA/8QAFgABAQEAAAAAAAAAAAAAAAAACAcJ/8QAFxAAAwEAAAAAAAAAAAAAAAAAAAdDgf/aAAgBAQAAPwA5
        KSODVUkcLwZZKSODVUkcLwf/2Q==
        """);

    /// <summary>Inks C = 10x, M = 12y, Y = 50, K = 5x, inverted as Adobe's programs do (transform 0).</summary>
    public static byte[] Cmyk => Convert.FromBase64String(
        """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgICAgIDAgICAwMDAwQGBAQEBAQIBgYFBgkICgoJCAkJCgwPDAoLDgsJCQ0RDQ4PEBAREAoMEhMS
        EBMPEBAQ/8AAFAgADQARBEMRAE0RAFkRAEsRAP/EABgAAQEBAQEAAAAAAAAAAAAAAAAIBwYJ/8QAHhAAAQIHAQAAAAAAAAAAAAAAABeiBQYH
        QkNSgWT/2gAOBEMATQBZAEsAAD8AvWrebpca2+txZp6STdeRVVvN0Lb63AxSbrzBwtvrcDgz1Nq3m6QuoUb2cCp5uvIqq3m6FCjezgYpN15g
        4UKN7OBwZ//Z
        """);

    /// <summary>The same inks as YCCK (transform 2).</summary>
    public static byte[] Ycck => Convert.FromBase64String(
        """
        /9j/7gAOQWRvYmUAZAAAAAAC/9sAQwADAgICAgIDAgICAwMDAwQGBAQEBAQIBgYFBgkICgoJCAkJCgwPDAoLDgsJCQ0RDQ4PEBAREAoMEhMS
        EBMPEBAQ/9sAQwEDAwMEAwQIBAQIEAsJCxAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ/8AAFAgA
        DQARBAEiAAIRAQMRAQQiAP/EABgAAQEBAQEAAAAAAAAAAAAAAAcACAYJ/8QAIRAAAQMDBAMAAAAAAAAAAAAAAAUGoQchQhYiIzIXUWP/xAAW
        AQEBAQAAAAAAAAAAAAAAAAAGAwf/xAAcEQABBAMBAAAAAAAAAAAAAAAAAQMGIQUWUSL/2gAOBAEAAhEDEQQAAD8AwuiU/wCvBAgIlP8ArwQI
        6I2U/baBARGyn7bQFMpK3LsjAps55tT0kd2YKO7Ma3dmCjuzBzx/8II0PplP9QQZ2tzqm5bs51TgyIj/2Q==
        """);

    /// <summary>
    /// The colors of <see cref="Baseline"/>, with a restart marker between the MCUs; of cjpeg 2.1.5.
    /// </summary>
    public static byte[] Restarts => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQ
        Ew8QEBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/wAARCAANABED
        ASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKB
        kaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZ
        mqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQF
        BgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5
        OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX
        2Nna4uPk5ebn6Onq8vP09fb3+Pn6/90ABAAB/9oADAMBAAIRAxEAPwCxoPiz7v739a9H0HxZ9397+tfLeg61d/Lz+tej6DrV38vP6148uCafZHk8
        C8Mw90//0Pd/+EsP/PT9aK8i/tq79f1orw/9SafZH6r/AKtQ7H//2Q==
        """);

    /// <summary>The colors of <see cref="Baseline"/>, in one scan a channel; of cjpeg 2.1.5.</summary>
    public static byte[] ScanPerChannel => Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQ
        Ew8QEBD/2wBDAQMDAwQDBAgEBAgQCwkLEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBD/wAARCAANABED
        ASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKB
        kaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZ
        mqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/ALGg+LPu/vf1r0fQfFn3f3v6
        11H/AAlh/wCen618Z6DrV38vP616PoOtXfy8/rXUf21d+v61/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcF
        BAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm
        Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6
        /9oACAECEQA/APHlwTT7Iz/1Jp9kf//aAAgBAxEAPwDyeBeGYe6ftf8Aq1Dsf//Z
        """);

    /// <summary>
    /// A gray progressive square of as many scans as wanted: the last bit of the first number, over and over.
    /// </summary>
    /// <remarks>
    /// T.81, annexes B and G: such a scan has one bit for a block, and no table. Of large squares most bits are left
    /// out, as a decoder takes them for zeros.
    /// </remarks>
    public static byte[] WithScans(int count, int side)
    {
        int blocks = Math.Min((side + 7) / 8 * ((side + 7) / 8), 800);
        byte[] quantization = [0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)16, 64)];
        byte[] frame = [0xFF, 0xC2, 0, 11, 8, (byte)(side >> 8), (byte)side, (byte)(side >> 8), (byte)side, 1, 1, 0x11,
            0];
        // One code of one bit: 0 stands for no bits, so that every first number is 0.
        byte[] table = [0xFF, 0xC4, 0, 20, 0, 1, .. new byte[15], 0];
        byte[] first = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0x01, .. new byte[(blocks + 7) / 8]];
        byte[] again = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0x10, .. new byte[(blocks + 7) / 8]];
        var more = Enumerable.Repeat(again, count - 1).SelectMany(scan => scan);
        return [0xFF, 0xD8, .. quantization, .. frame, .. table, .. first, .. more, 0xFF, 0xD9];
    }
}
