// Convolutions of Debian's libtorch that go on from what the call before has prepared.
#pragma once

#include "glide_torch.h"

namespace glide {

// The result that libtorch's own convolution has, bit for bit; nothing where this is none of those that can be prepared.
// Stride and dilation are 1, there is one group, nothing is to be differentiated. input [N, C, H, W], weight
// [C', C, h, w] or [C', C, 1], bias [C'].
std::optional<Tensor> prepared_convolution(
    const Tensor& input, const Tensor& weight, const Tensor& bias, int64_t padding_h, int64_t padding_w);

}  // namespace glide
