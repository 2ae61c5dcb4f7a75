namespace Glide.Models.UNet;

/// <summary>
/// Counts the floating-point operations of one pass of a U-Net: two per multiply-add of its convolutions, linear layers
/// and attention.
/// </summary>
/// <remarks>
/// Not counted are cheap operations (normalization, activations, resampling) and what depends on the prompt
/// alone and is computed once per run: the text transformer and the attention blocks' text keys and values.
/// </remarks>
internal sealed class UNetCost
{
    private readonly UNetConfig _config;
    private long _operations;

    private UNetCost(UNetConfig config) => _config = config;

    public static long OperationsPerImage(UNetConfig config)
    {
        var cost = new UNetCost(config);
        cost.CountAll();
        return cost._operations;
    }

    // Follows the order of UNetModel's constructor.
    private void CountAll()
    {
        int levels = _config.ChannelMult.Count;
        int channels = _config.NumChannels * _config.ChannelMult[0];
        Linear(1, _config.NumChannels, _config.EmbeddingWidth);
        Linear(1, _config.EmbeddingWidth, _config.EmbeddingWidth);
        Convolution(_config.ImageSize, _config.InputChannels, channels, kernel: 3);

        var skips = new Stack<int>([channels]);
        for (int level = 0; level < levels; level++)
        {
            for (int block = 0; block < _config.NumResBlocks; block++)
            {
                channels = Block(level, channels);
                skips.Push(channels);
            }

            if (level < levels - 1)
            {
                Residual(Side(level + 1), channels, channels);
                skips.Push(channels);
            }
        }

        Residual(Side(levels - 1), channels, channels);
        Attention(Side(levels - 1), channels);
        Residual(Side(levels - 1), channels, channels);

        for (int level = levels - 1; level >= 0; level--)
        {
            for (int block = 0; block <= _config.NumResBlocks; block++)
                channels = Block(level, channels + skips.Pop());

            if (level > 0)
                Residual(Side(level - 1), channels, channels);
        }

        Convolution(_config.ImageSize, channels, UNetConfig.OutputChannels, kernel: 3);
    }

    private int Side(int level) => _config.ImageSize >> level;

    private int Block(int level, int inputs)
    {
        int outputs = _config.NumChannels * _config.ChannelMult[level];
        Residual(Side(level), inputs, outputs);
        if (_config.HasAttention(level))
            Attention(Side(level), outputs);

        return outputs;
    }

    // A block that changes the size resamples before its first convolution.
    private void Residual(int side, int inputs, int outputs)
    {
        Convolution(side, inputs, outputs, kernel: 3);
        Linear(1, _config.EmbeddingWidth, 2 * outputs);
        Convolution(side, outputs, outputs, kernel: 3);
        if (inputs != outputs)
            Convolution(side, inputs, outputs, kernel: 1);
    }

    private void Attention(int side, int channels)
    {
        long pixels = (long)side * side;
        Linear(pixels, channels, 3 * channels);
        _operations += 2 * 2 * channels * pixels * (pixels + _config.TextContext);     // QᵀK, then its product with V
        Linear(pixels, channels, channels);
    }

    private void Convolution(int side, int inputs, int outputs, int kernel) =>
        Linear((long)side * side, (long)inputs * kernel * kernel, outputs);

    private void Linear(long rows, long inputs, long outputs) => _operations += 2 * rows * inputs * outputs;
}
