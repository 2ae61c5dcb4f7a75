// Operations of the U-Nets for which libtorch takes several kernels: GroupNorm with what follows it, and the sums after
// a convolution. Images are [N, H, W, C] in 16 bits, C a multiple of 32; all sums are float32. NVRTC compiles this file
// on the user's machine, and kernels.cpp starts the kernels.
using Bits = unsigned short;

constexpr int kGroups = 32;
constexpr int kWidth = 8;      // numbers that a thread reads at a time, 16 bytes; C is a multiple of it
constexpr int kMoments = 2;    // of a group: the sum and the sum of squares
constexpr int kThreads = 512;  // of a block that normalizes, at most

// What a thread asks the memory for before it uses the first of it.
constexpr int kPixelsAhead = 4, kSumsAhead = 8;

// The tests compile this file for a processor and define these two themselves.
#ifdef __CUDA_ARCH__
__device__ float float_from_half(Bits bits) {
  float number;
  asm("cvt.f32.f16 %0, %1;" : "=f"(number) : "h"(bits));
  return number;
}

__device__ Bits half_from_float(float number) {
  Bits bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(number));
  return bits;
}
#endif

struct Half {
  static __device__ float widen(Bits bits) { return float_from_half(bits); }
  static __device__ Bits round(float number) { return half_from_float(number); }
};

// The upper half of a float32.
struct BFloat16 {
  static __device__ float widen(Bits bits) { return __uint_as_float(static_cast<unsigned>(bits) << 16); }

  // To the nearest, to the even one of two. NaN would become infinity.
  static __device__ Bits round(float number) {
    const unsigned bits = __float_as_uint(number);
    if (number != number) return 0x7fc0;
    return static_cast<Bits>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
};

__device__ uint4 vector_at(const Bits* from) { return *reinterpret_cast<const uint4*>(from); }

template <class T> __device__ void widen(const uint4& vector, float (&numbers)[kWidth]) {
  const unsigned pairs[] = {vector.x, vector.y, vector.z, vector.w};
#pragma unroll
  for (int i = 0; i < kWidth; i++) numbers[i] = T::widen(static_cast<Bits>(pairs[i / 2] >> (i % 2 * 16)));
}

template <class T> __device__ void store(Bits* to, const float (&numbers)[kWidth]) {
  unsigned pairs[kWidth / 2];
#pragma unroll
  for (int i = 0; i < kWidth; i += 2)
    pairs[i / 2] = T::round(numbers[i]) | static_cast<unsigned>(T::round(numbers[i + 1])) << 16;
  *reinterpret_cast<uint4*>(to) = make_uint4(pairs[0], pairs[1], pairs[2], pairs[3]);
}

__device__ float silu(float x) { return __fdividef(x, 1 + __expf(-x)); }

struct Shape {
  int pixels;    // of an image
  int channels;
  int share;     // pixels that a block has
};

// The part of an image that a block has: the pixels from blockIdx.x·share on, of image blockIdx.y. A row of threads
// has all channels of a pixel, and the rows take turns.
struct Place {
  int channels, rows, row, channel, first, end;
  long long image;

  __device__ explicit Place(const Shape& shape)
      : channels(shape.channels),
        rows(blockDim.x / (channels / kWidth)),
        row(threadIdx.x / (channels / kWidth)),
        channel(threadIdx.x % (channels / kWidth) * kWidth),
        first(blockIdx.x * shape.share),
        end(min(first + shape.share, shape.pixels)),
        image(static_cast<long long>(blockIdx.y) * shape.pixels * channels) {}

  __device__ int per_group() const { return channels / kGroups; }
  __device__ long long at(int pixel) const { return image + static_cast<long long>(pixel) * channels + channel; }

  // Of each of a thread's channels its group's first number. Sums are of differences to it: where the mean is far from
  // 0, squares would lose digits.
  template <class T> __device__ void find_origins(const Bits* images, float (&origins)[kWidth]) const {
#pragma unroll
    for (int i = 0; i < kWidth; i++)
      origins[i] = T::widen(images[image + (channel + i) / per_group() * per_group()]);
  }

  // Calls use(pixel, numbers) for a thread's pixels.
  template <class T, class Use> __device__ void each_pixel(const Bits* images, Use use) const {
    for (int pixel = first + row; pixel < end; pixel += kPixelsAhead * rows) {
      uint4 vectors[kPixelsAhead] = {};
#pragma unroll
      for (int i = 0; i < kPixelsAhead; i++)
        if (pixel + i * rows < end) vectors[i] = vector_at(images + at(pixel + i * rows));
#pragma unroll
      for (int i = 0; i < kPixelsAhead; i++) {
        if (pixel + i * rows >= end) break;
        float numbers[kWidth];
        widen<T>(vectors[i], numbers);
        use(pixel + i * rows, numbers);
      }
    }
  }
};

// moments [N, shares, groups, 2]: of each block's pixels.
template <class T>
__global__ void __launch_bounds__(kThreads) sum_groups(const Bits* images, float* moments, Shape shape) {
  extern __shared__ float shared[];  // [rows, 2, channels]
  const Place place(shape);
  const int columns = kMoments * shape.channels;
  float origins[kWidth], sums[kWidth] = {}, squares[kWidth] = {};
  place.find_origins<T>(images, origins);
  place.each_pixel<T>(images, [&](int, const float(&numbers)[kWidth]) {
#pragma unroll
    for (int i = 0; i < kWidth; i++) {
      const float difference = numbers[i] - origins[i];
      sums[i] += difference;
      squares[i] += difference * difference;
    }
  });
  float* own = shared + place.row * columns + place.channel;
#pragma unroll
  for (int i = 0; i < kWidth; i++) {
    own[i] = sums[i];
    own[shape.channels + i] = squares[i];
  }
  __syncthreads();
  for (int column = threadIdx.x; column < columns; column += blockDim.x)
    for (int row = 1; row < place.rows; row++) shared[column] += shared[row * columns + column];
  __syncthreads();
  moments += (static_cast<long long>(blockIdx.y) * gridDim.x + blockIdx.x) * kGroups * kMoments;
  for (int i = threadIdx.x; i < kGroups * kMoments; i += blockDim.x) {
    const float* group = shared + i % kMoments * shape.channels + i / kMoments * place.per_group();
    float sum = 0;
    for (int c = 0; c < place.per_group(); c++) sum += group[c];
    moments[i] = sum;
  }
}

struct Moments {
  const float* sums;  // [N, shares, groups, 2]
  int shares;

  // Of each group of a block's image the mean, as its difference to the origin, and 1/deviation: into to [groups, 2],
  // beyond which there is room for [parts, groups, 2].
  __device__ void add_up(const Place& place, int pixels, float epsilon, float* to) const {
    constexpr int all = kGroups * kMoments;
    float* parts = to + all;
    const int count = blockDim.x < all ? 1 : blockDim.x / all;
    const float* own = sums + static_cast<long long>(blockIdx.y) * shares * all;
    for (int i = threadIdx.x; i < count * all; i += blockDim.x) {
      float sum = 0;
      for (int share = i / all; share < shares; share += kSumsAhead * count) {
        float some[kSumsAhead];
#pragma unroll
        for (int s = 0; s < kSumsAhead; s++)
          some[s] = share + s * count < shares ? own[(share + s * count) * all + i % all] : 0;
#pragma unroll
        for (int s = 0; s < kSumsAhead; s++) sum += some[s];
      }
      parts[i] = sum;
    }
    __syncthreads();
    for (int group = threadIdx.x; group < kGroups; group += blockDim.x) {
      float sum = 0, squares = 0;
      for (int part = 0; part < count; part++) {
        sum += parts[part * all + group * kMoments];
        squares += parts[part * all + group * kMoments + 1];
      }
      const float numbers = static_cast<float>(pixels) * place.per_group();
      const float mean = sum / numbers, variance = fmaxf(squares / numbers - mean * mean, 0);
      to[group * kMoments] = mean;
      to[group * kMoments + 1] = rsqrtf(variance + epsilon);
    }
    __syncthreads();
  }
};

struct Affine {
  const float* weight;       // [channels]
  const float* bias;         // [channels]
  const float* scale_shift;  // [N, 2·channels] or null
};

struct Steps {
  float epsilon;
  int activates;        // whether SiLU is the last step
  int output_is_float;
};

// SiLU(((x - mean)/deviation·weight + bias)·(1 + scale) + shift), or what of it is wanted, as
// (x - origin)·factor + term.
template <class T>
__global__ void __launch_bounds__(kThreads) normalize(void* __restrict__ output, const Bits* __restrict__ images,
                                                      Moments moments, Affine affine, Shape shape, Steps steps) {
  extern __shared__ float shared[];  // factors [channels], terms [channels], moments
  const Place place(shape);
  float *factors = shared, *terms = shared + shape.channels, *found = shared + 2 * shape.channels;
  float origins[kWidth], own_factors[kWidth], own_terms[kWidth];
  place.find_origins<T>(images, origins);
  moments.add_up(place, shape.pixels, steps.epsilon, found);
  for (int c = threadIdx.x; c < shape.channels; c += blockDim.x) {
    const float* group = found + c / place.per_group() * kMoments;
    float factor = group[1] * affine.weight[c], term = affine.bias[c] - group[0] * factor;
    if (affine.scale_shift) {
      const float* scale = affine.scale_shift + static_cast<long long>(blockIdx.y) * 2 * shape.channels + c;
      factor *= 1 + scale[0];
      term = term * (1 + scale[0]) + scale[shape.channels];
    }
    factors[c] = factor;
    terms[c] = term;
  }
  __syncthreads();
#pragma unroll
  for (int i = 0; i < kWidth; i++) {
    own_factors[i] = factors[place.channel + i];
    own_terms[i] = terms[place.channel + i];
  }
  place.each_pixel<T>(images, [&](int pixel, float(&numbers)[kWidth]) {
#pragma unroll
    for (int i = 0; i < kWidth; i++) {
      numbers[i] = (numbers[i] - origins[i]) * own_factors[i] + own_terms[i];
      if (steps.activates) numbers[i] = silu(numbers[i]);
    }
    if (steps.output_is_float) {
      float4* to = reinterpret_cast<float4*>(static_cast<float*>(output) + place.at(pixel));
      to[0] = make_float4(numbers[0], numbers[1], numbers[2], numbers[3]);
      to[1] = make_float4(numbers[4], numbers[5], numbers[6], numbers[7]);
    } else {
      store<T>(static_cast<Bits*>(output) + place.at(pixel), numbers);
    }
  });
}

// images += bias + added; added has half of height and width where it is to be enlarged. A thread has one vector.
template <class T>
__global__ void add(Bits* images, const Bits* bias, const Bits* added, unsigned count, unsigned height, unsigned width,
                    unsigned channels, int enlarges) {
  const unsigned vector = blockIdx.x * blockDim.x + threadIdx.x;
  if (vector >= count) return;
  const unsigned vectors = channels / kWidth, channel = vector % vectors * kWidth, pixel = vector / vectors;
  unsigned source = pixel;
  if (enlarges) {
    const unsigned x = pixel % width, y = pixel / width % height, image = pixel / width / height;
    source = (image * (height / 2) + y / 2) * (width / 2) + x / 2;
  }
  float numbers[kWidth], biases[kWidth], others[kWidth];
  Bits* own = images + static_cast<long long>(vector) * kWidth;
  widen<T>(vector_at(own), numbers);
  widen<T>(vector_at(bias + channel), biases);
  widen<T>(vector_at(added + static_cast<long long>(source) * channels + channel), others);
#pragma unroll
  for (int i = 0; i < kWidth; i++) numbers[i] += biases[i] + others[i];
  store<T>(own, numbers);
}
