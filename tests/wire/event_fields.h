#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tidemill/core/schema.h"

namespace tidemill {

inline Field FieldOf(std::string name, FieldType type) {
  Field field;
  field.name = std::move(name);
  field.type = type;
  return field;
}

// The fields of EventSchema(), by number.
enum : std::size_t { kId, kTenure, kCharges, kContract, kActive, kAt };

/// A required text id, then an optional field of every other type.
inline Schema EventSchema() {
  Field id = FieldOf("id", FieldType::kText);
  id.required = true;
  Field contract = FieldOf("contract", FieldType::kCategory);
  contract.categories = Dictionary({"monthly", "yearly", "café"});
  return Schema({id, FieldOf("tenure", FieldType::kInteger),
                 FieldOf("charges", FieldType::kNumber), contract,
                 FieldOf("active", FieldType::kBoolean),
                 FieldOf("at", FieldType::kTimestamp)},
                "id", "at");
}

}  // namespace tidemill
