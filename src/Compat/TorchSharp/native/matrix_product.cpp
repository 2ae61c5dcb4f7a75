// The single-precision matrix product of BLAS, for libtorch in place of the system's: libtorch's call binds to the first
// library that has the name, which is this one. Every element is summed in the order of the netlib reference
// (doi.org/10.1145/77626.79170), multiplication and addition rounded one after the other, so that a result depends
// neither on the processor nor on the number of threads, and equals that of the reference library bit for bit. Sums of
// different elements stand side by side in a vector register, which makes it fast without touching that order.
// Compiled with -ffp-contract=off: a fused multiply-add rounds once where the reference rounds twice.

#include <algorithm>
#include <cstdint>
#include <vector>

#include <omp.h>

namespace {

constexpr int kRows = 64;     // rows of C in one block: four registers of 16
constexpr int kColumns = 4;   // columns of C in one block
constexpr int64_t kParallelWork = 1 << 15;

bool is_transposed(const char* flag) { return *flag != 'N' && *flag != 'n'; }

// One block of C: sums[c][r] += right[l][c] * left[l][r] for l = 0, 1, ...
__attribute__((target_clones("avx512f", "avx2", "default")))
void accumulate(int64_t depth, const float* left, const float* right, float* sums) {
  float block[kColumns][kRows];
  for (int c = 0; c < kColumns; c++)
    for (int r = 0; r < kRows; r++) block[c][r] = sums[c * kRows + r];
  for (int64_t l = 0; l < depth; l++) {
    for (int c = 0; c < kColumns; c++) {
      float factor = right[l * kColumns + c];
      for (int r = 0; r < kRows; r++) block[c][r] = block[c][r] + factor * left[l * kRows + r];
    }
  }
  for (int c = 0; c < kColumns; c++)
    for (int r = 0; r < kRows; r++) sums[c * kRows + r] = block[c][r];
}

struct Product {
  bool transposed_a, transposed_b;
  int64_t m, n, k, lda, ldb, ldc;
  float alpha, beta;
  const float *a, *b;
  float* c;

  float left(int64_t i, int64_t l) const { return transposed_a ? a[i * lda + l] : a[l * lda + i]; }
  float right(int64_t l, int64_t j) const { return transposed_b ? b[l * ldb + j] : b[j * ldb + l]; }

  // Without a transposed A the reference scales B and adds to β·C; with one it scales the finished sum.
  float start(int64_t i, int64_t j) const {
    if (transposed_a || beta == 0.0f) return 0.0f;
    return beta == 1.0f ? c[j * ldc + i] : beta * c[j * ldc + i];
  }
  float factor(int64_t l, int64_t j) const { return transposed_a ? right(l, j) : alpha * right(l, j); }
  float finish(float sum, int64_t i, int64_t j) const {
    if (!transposed_a) return sum;
    return beta == 0.0f ? alpha * sum : alpha * sum + beta * c[j * ldc + i];
  }

  void rows(int64_t first_row, std::vector<float>& packed_left, const std::vector<float>& packed_right) const {
    int64_t height = std::min<int64_t>(kRows, m - first_row);
    packed_left.assign(static_cast<size_t>(k) * kRows, 0.0f);
    for (int64_t l = 0; l < k; l++)
      for (int64_t r = 0; r < height; r++) packed_left[l * kRows + r] = left(first_row + r, l);
    float sums[kColumns * kRows];
    for (int64_t first = 0; first < n; first += kColumns) {
      int64_t width = std::min<int64_t>(kColumns, n - first);
      std::fill(std::begin(sums), std::end(sums), 0.0f);
      for (int64_t x = 0; x < width; x++)
        for (int64_t r = 0; r < height; r++) sums[x * kRows + r] = start(first_row + r, first + x);
      accumulate(k, packed_left.data(), packed_right.data() + first * k, sums);
      for (int64_t x = 0; x < width; x++)
        for (int64_t r = 0; r < height; r++)
          c[(first + x) * ldc + first_row + r] = finish(sums[x * kRows + r], first_row + r, first + x);
    }
  }

  void compute() const {
    int64_t panels = (n + kColumns - 1) / kColumns, blocks = (m + kRows - 1) / kRows;
    std::vector<float> packed_right(static_cast<size_t>(panels) * kColumns * k, 0.0f);
    bool parallel = m * n * k > kParallelWork && !omp_in_parallel();
#pragma omp parallel if (parallel)
    {
#pragma omp for schedule(static)
      for (int64_t panel = 0; panel < panels; panel++)
        for (int64_t l = 0; l < k; l++)
          for (int64_t x = 0; x < std::min<int64_t>(kColumns, n - panel * kColumns); x++)
            packed_right[(panel * k + l) * kColumns + x] = factor(l, panel * kColumns + x);
      std::vector<float> packed_left;
#pragma omp for schedule(static)
      for (int64_t block = 0; block < blocks; block++) rows(block * kRows, packed_left, packed_right);
    }
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) void sgemm_(
    const char* transa, const char* transb, const int* m, const int* n, const int* k, const float* alpha,
    const float* a, const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc) {
  if (*m <= 0 || *n <= 0) return;
  Product{is_transposed(transa), is_transposed(transb), *m, *n, *k, *lda, *ldb, *ldc, *alpha, *beta, a, b, c}.compute();
}
