#pragma once

#include <vector>

#include "tidemill/model/forest.h"

namespace tidemill {

/// A tree without splits.
inline ForestTree LeafOnly(std::vector<double> value) {
  ForestTree tree;
  tree.value = std::move(value);
  return tree;
}

/// One split of feature 0: x <= threshold gives -1, else 1.
inline ForestTree ForestStump(double threshold,
                              Missing missing = Missing::kRight) {
  return {.feature = {0},
          .threshold = {threshold},
          .left = {~0},
          .right = {~1},
          .missing = {static_cast<std::uint8_t>(missing)},
          .value = {-1.0, 1.0},
          .category_set = {},
          .set_end = {},
          .set_words = {}};
}

/// One split of feature 0 by sets: categories 0, 2 and 33 give -1, others 1.
inline ForestTree CategoryStump(Missing missing = Missing::kRight) {
  ForestTree tree = ForestStump(0.0, missing);
  tree.category_set = {1};
  tree.set_end = {1, 3};  // the first set is another's
  tree.set_words = {0xFFFFFFFFU, 0b101U, 0b10U};
  return tree;
}

/// Of three features and of trees that all add to one output: split 0 leads
/// to leaf 0 and split 1, which leads to the leaves 1 and 2; a category split.
inline Forest SmallForest() {
  Forest forest;
  forest.num_features = 3;
  forest.trees = {{.feature = {0, 2},
                   .threshold = {0.0, 0.5},
                   .left = {~0, ~1},
                   .right = {1, ~2},
                   .missing = {1, 0},
                   .value = {-0.5, 1.5, 2.5},
                   .category_set = {},
                   .set_end = {},
                   .set_words = {}},
                  CategoryStump()};
  return forest;
}

}  // namespace tidemill
