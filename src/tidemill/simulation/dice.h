#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tidemill/core/random.h"

namespace tidemill {

/// Random numbers that are the same on every machine: only additions,
/// multiplications, divisions and square roots, whose results IEEE 754 fixes.
/// The standard library's distributions and exp/log differ between libraries.
///
/// Threads: one at a time.
class Dice {
 public:
  /// One independent sequence per (seed, stream, event), so that what one
  /// event draws never moves another's numbers.
  Dice(std::uint64_t seed, std::uint64_t stream, std::uint64_t event);

  double Uniform() { return random_.Uniform(); }  ///< in [0, 1)
  bool Chance(double probability) { return Uniform() < probability; }
  /// 0 .. weights.size()-1 in proportion to the weights.
  std::size_t Pick(std::span<const double> weights);
  double Normal();       ///< mean 0, standard deviation 1
  double Exponential();  ///< mean 1

 private:
  Random random_;
};

/// `x` as a number that looks random; one to one.
std::uint64_t Scramble(std::uint64_t x);

/// e^x and ln x to about 1e-15, the same bits everywhere. Exp takes x cut to
/// [-700, 700]; Log requires a positive normal number.
double PortableExp(double x);
double PortableLog(double x);
/// 1 / (1 + e^-x).
double Logistic(double x);

/// `x` to so many decimals, halves up. Requires 0 <= decimals <= 4.
double RoundTo(double x, int decimals);

}  // namespace tidemill
