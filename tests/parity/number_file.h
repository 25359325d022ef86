#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tidemill/core/matrix.h"

namespace tidemill {

/// float64 numbers as they lie in memory, one part after the other.
class NumberFile {
 public:
  explicit NumberFile(const std::string& path) : in_(path, std::ios::binary) {}

  std::vector<double> Next(std::size_t count) {
    std::vector<double> numbers(count);
    in_.read(reinterpret_cast<char*>(numbers.data()),
             static_cast<std::streamsize>(count * sizeof(double)));
    if (!in_) throw std::logic_error("the file of numbers is too short");
    return numbers;
  }
  RowMatrix Next(std::size_t rows, std::size_t columns) {
    const std::vector<double> numbers = Next(rows * columns);
    return Eigen::Map<const RowMatrix>(numbers.data(),
                                       static_cast<Eigen::Index>(rows),
                                       static_cast<Eigen::Index>(columns));
  }

 private:
  std::ifstream in_;
};

}  // namespace tidemill
