#pragma once

#include <cstddef>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/allocation_counter.h"
#include "tidemill/core/errors.h"
#include "tidemill/importing/imported_model.h"

namespace tidemill {

inline std::string GoldenBytes(const std::string& path) {
  std::ifstream in(std::string(TIDEMILL_GOLDEN) + "/" + path, std::ios::binary);
  if (!in) throw std::logic_error("no file " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// "LIBRARY/VERSION-answers.json".
class GoldenAnswers {
 public:
  explicit GoldenAnswers(const std::string& path)
      : answers_(nlohmann::json::parse(GoldenBytes(path))) {}

  RowMatrix Rows() const {
    const auto& rows = answers_.at("rows");
    RowMatrix matrix(rows.size(), rows[0].size());
    for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
      for (Eigen::Index j = 0; j < matrix.cols(); ++j) {
        matrix(i, j) = NumberOf(
            rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]);
      }
    }
    return matrix;
  }
  std::vector<double> Of(const std::string& file) const {
    std::vector<double> outputs;
    for (const auto& cell : answers_.at(file))
      outputs.push_back(NumberOf(cell));
    return outputs;
  }

 private:
  static double NumberOf(const nlohmann::json& cell) {
    if (cell.is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (cell == "Infinity") return std::numeric_limits<double>::infinity();
    if (cell == "-Infinity") return -std::numeric_limits<double>::infinity();
    return cell.get<double>();
  }

  nlohmann::json answers_;
};

inline std::vector<double> Outputs(const ImportedModel& model,
                                   const RowMatrix& rows) {
  std::vector<double> outputs(static_cast<std::size_t>(rows.rows()) *
                              model.predictor->num_outputs());
  model.predictor->Predict(rows, outputs);
  return outputs;
}

/// Reads damaged copies of a file: cut at many lengths and, from a fixed seed,
/// with bytes changed. Each must be refused with an ArtifactError or score a
/// row, within `max_bytes` of memory. Returns how many were refused.
inline int ReadDamaged(const std::string& bytes, std::size_t max_bytes,
                       const std::function<ImportedModel(std::string)>& read) {
  int refused = 0;
  const auto attempt = [&](const std::string& damaged) {
    const AllocationCounter allocations;
    try {
      const ImportedModel model = read(damaged);
      if (model.features.size() < 1000) {
        const auto columns = static_cast<Eigen::Index>(model.features.size());
        Outputs(model, RowMatrix::Zero(1, columns));
      }
    } catch (const ArtifactError&) {
      ++refused;
    }
    if (allocations.peak_bytes() > max_bytes) {
      throw std::logic_error("too much memory");
    }
  };
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 100) {
    attempt(bytes.substr(0, size));
  }
  std::mt19937 dice(20261121);
  for (int round = 0; round < 1000; ++round) {
    std::string damaged = bytes;
    for (unsigned change = 0; change <= dice() % 3; ++change) {
      damaged[dice() % damaged.size()] = static_cast<char>(dice() % 256);
    }
    attempt(damaged);
  }
  return refused;
}

}  // namespace tidemill
