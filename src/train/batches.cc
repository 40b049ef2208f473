#include "train/batches.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "base/bytes.h"

namespace embark {

namespace {

constexpr int64_t kAhead = 4;

double uniform(std::mt19937_64 &random) {
    return static_cast<double>(random() >> 11) * 0x1p-53;
}

int64_t below(std::mt19937_64 &random, int64_t n) {
    return static_cast<int64_t>(uniform(random) * static_cast<double>(n));
}

/// From the gamma distribution with shape \p alpha (Marsaglia & Tsang 2000).
double gamma_number(std::mt19937_64 &random, double alpha) {
    if (alpha < 1) {
        return gamma_number(random, alpha + 1) * std::pow(1 - uniform(random), 1 / alpha);
    }
    const double d = alpha - 1.0 / 3, c = 1 / std::sqrt(9 * d);
    while (true) {
        const double u1 = 1 - uniform(random), u2 = uniform(random);
        const double x = std::sqrt(-2 * std::log(u1)) * std::cos(6.283185307179586 * u2);
        const double v = std::pow(1 + c * x, 3);
        if (v <= 0) continue;
        if (std::log(1 - uniform(random)) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
}

struct Extents {
    int64_t rows, columns, channels;
};

}  // namespace

uint64_t mixed_bits(uint64_t a, uint64_t b, uint64_t c) {
    uint64_t state = 0;
    for (const uint64_t word : {a, b, c}) {
        state += word + 0x9e3779b97f4a7c15ull;
        state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9ull;
        state = (state ^ (state >> 27)) * 0x94d049bb133111ebull;
        state ^= state >> 31;
    }
    return state;
}

BatchReader::BatchReader(const Dataset &data, Shape input, BatchOptions options, int64_t epoch,
                         int64_t step, int64_t most)
    : data_(data),
      input_(std::move(input)),
      options_(options),
      scaling_(scaling_for(options.scaling, {DataType::kFloat32, input_, {}})),
      epoch_(epoch),
      next_made_(step),
      next_read_(step) {
    const int64_t count = most > 0 ? std::min(most, data.count) : data.count;
    order_.resize(static_cast<size_t>(count));
    std::iota(order_.begin(), order_.end(), 0);
    if (options_.shuffle) {
        std::mt19937_64 random(mixed_bits(options_.seed, static_cast<uint64_t>(epoch), 1));
        for (size_t i = order_.size(); i > 1; --i) {
            std::swap(order_[i - 1],
                      order_[static_cast<size_t>(below(random, static_cast<int64_t>(i)))]);
        }
    }
    steps_ = (count + options_.batch - 1) / options_.batch;
    for (int i = 0; i < std::max(options_.threads, 1); ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

BatchReader::~BatchReader() {
    {
        const std::lock_guard lock(mutex_);
        done_ = true;
    }
    changed_.notify_all();
    for (std::thread &thread : threads_) thread.join();
}

void BatchReader::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] {
            return done_ || next_made_ >= steps_ || next_made_ < next_read_ + kAhead;
        });
        if (done_ || next_made_ >= steps_) return;
        const int64_t step = next_made_++;
        lock.unlock();
        Batch batch = make(step);
        lock.lock();
        ready_.emplace(step, std::move(batch));
        changed_.notify_all();
    }
}

Batch BatchReader::next() {
    std::unique_lock lock(mutex_);
    EMBARK_ASSERT(next_read_ < steps_);
    changed_.wait(lock, [&] { return ready_.contains(next_read_); });
    Batch batch = std::move(ready_.extract(next_read_).mapped());
    ++next_read_;
    changed_.notify_all();
    return batch;
}

Batch BatchReader::make(int64_t step) const {
    Batch batch;
    const int64_t first = step * options_.batch;
    const int64_t last = std::min(first + options_.batch, static_cast<int64_t>(order_.size()));
    batch.inputs.reserve(static_cast<size_t>((last - first) * element_count(input_)));
    for (int64_t position = first; position < last; ++position) add_example(batch, position);
    batch.count = last - first;
    return batch;
}

void BatchReader::add_example(Batch &batch, int64_t position) const {
    const int64_t image = order_[static_cast<size_t>(position)];
    const uint64_t seed = mixed_bits(options_.seed, static_cast<uint64_t>(epoch_) << 32 | 2,
                                     static_cast<uint64_t>(position));
    std::vector<float> values = load(image);
    augment(values, seed);
    std::vector<float> target;
    if (!data_.targets.empty()) {
        const auto size = static_cast<size_t>(data_.target_size);
        const auto *from = data_.targets.data() + static_cast<size_t>(image) * size;
        target.assign(from, from + size);
    }
    if (options_.augmentation.mixup > 0) {
        std::mt19937_64 random(mixed_bits(seed, 3));
        const double alpha = options_.augmentation.mixup;
        const double a = gamma_number(random, alpha), b = gamma_number(random, alpha);
        const auto share = static_cast<float>(a + b > 0 ? a / (a + b) : 1);
        const int64_t other =
            order_[static_cast<size_t>(below(random, static_cast<int64_t>(order_.size())))];
        std::vector<float> mixed = load(other);
        augment(mixed, mixed_bits(seed, 4));
        for (size_t i = 0; i < values.size(); ++i) {
            values[i] = share * values[i] + (1 - share) * mixed[i];
        }
        for (size_t i = 0; i < target.size(); ++i) {
            const float far = data_.targets[static_cast<size_t>(other) * target.size() + i];
            target[i] = share * target[i] + (1 - share) * far;
        }
        if (!data_.labels.empty()) {
            batch.others.push_back(data_.labels[static_cast<size_t>(other)]);
        }
        batch.shares.push_back(share);
    }
    batch.inputs.insert(batch.inputs.end(), values.begin(), values.end());
    batch.targets.insert(batch.targets.end(), target.begin(), target.end());
    if (!data_.labels.empty()) batch.labels.push_back(data_.labels[static_cast<size_t>(image)]);
}

std::vector<float> BatchReader::load(int64_t image) const {
    const auto bytes = data_.image(image);
    std::vector<float> values(static_cast<size_t>(element_count(input_)));
    if (data_.type == DataType::kFloat32 || data_.raw) {
        std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
        return values;
    }
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = data_.type == DataType::kInt8
                        ? static_cast<float>(static_cast<int8_t>(bytes[i]))
                        : static_cast<float>(bytes[i]) / scaling_.divisor + scaling_.offset;
    }
    return values;
}

void BatchReader::augment(std::vector<float> &image, uint64_t seed) const {
    const Augmentation &what = options_.augmentation;
    if (input_.size() != 3 || (!what.flip && what.crop == 0 && what.cutout == 0)) return;
    std::mt19937_64 random(seed);
    const Extents e{input_[0], input_[1], input_[2]};
    const bool flip = what.flip && uniform(random) < 0.5;
    const int64_t dy = what.crop > 0 ? below(random, 2 * what.crop + 1) - what.crop : 0;
    const int64_t dx = what.crop > 0 ? below(random, 2 * what.crop + 1) - what.crop : 0;
    if (flip || dy != 0 || dx != 0) {
        const std::vector<float> from = image;
        for (int64_t y = 0; y < e.rows; ++y) {
            const int64_t sy = std::clamp<int64_t>(y + dy, 0, e.rows - 1);
            for (int64_t x = 0; x < e.columns; ++x) {
                int64_t sx = std::clamp<int64_t>(x + dx, 0, e.columns - 1);
                if (flip) sx = e.columns - 1 - sx;
                std::copy_n(&from[static_cast<size_t>((sy * e.columns + sx) * e.channels)],
                            e.channels,
                            &image[static_cast<size_t>((y * e.columns + x) * e.channels)]);
            }
        }
    }
    if (what.cutout == 0) return;
    const int64_t cy = below(random, e.rows), cx = below(random, e.columns);
    const int64_t half = what.cutout / 2;
    for (int64_t y = std::max<int64_t>(cy - half, 0); y < std::min(cy - half + what.cutout, e.rows);
         ++y) {
        for (int64_t x = std::max<int64_t>(cx - half, 0);
             x < std::min(cx - half + what.cutout, e.columns); ++x) {
            std::fill_n(&image[static_cast<size_t>((y * e.columns + x) * e.channels)], e.channels,
                        0.0f);
        }
    }
}

}  // namespace embark
