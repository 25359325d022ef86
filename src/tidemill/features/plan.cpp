#include "tidemill/features/plan.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <set>
#include <utility>

#include "tidemill/core/errors.h"

namespace tidemill {

/// Turns expressions into instructions, each expression once.
class Plan::Compiler {
 public:
  Compiler(const Schema& schema, Plan& plan) : schema_(schema), plan_(plan) {}

  void AddFeature(const Expression& feature) {
    Output output;
    if (feature.op == Expression::Op::kTable) {
      output.from = PlaceOf(*feature.inputs[0]);
      output.table = feature.table.data();
    } else {
      output.from = PlaceOf(feature);
    }
    plan_.outputs_.push_back(output);
    plan_.names_.push_back(feature.column.name);
    plan_.origins_.push_back(OriginOf(feature));
  }

 private:
  Place PlaceOf(const Expression& expression) {
    if (expression.op == Expression::Op::kSource) return FieldPlace(expression);
    if (expression.op == Expression::Op::kPick) {
      Place place = PlaceOf(*expression.inputs[0]);
      place.index += expression.pick;
      return place;
    }
    const auto known = places_.find(&expression);
    if (known != places_.end()) return known->second;
    Instruction instruction = InstructionFor(expression);
    places_[&expression] = instruction.output;
    plan_.instructions_.push_back(std::move(instruction));
    return places_[&expression];
  }

  /// With its inputs ready and its output set aside.
  Instruction InstructionFor(const Expression& expression) {
    Instruction instruction;
    instruction.expression = &expression;
    if (expression.op == Expression::Op::kMap) {
      const Expression* base = &expression;
      for (; base->op == Expression::Op::kMap; base = base->inputs[0].get()) {
        instruction.maps.push_back(base->map.get());
      }
      std::reverse(instruction.maps.begin(), instruction.maps.end());
      instruction.inputs.push_back(PlaceOf(*base));
    } else {
      for (const ExpressionPtr& input : expression.inputs) {
        instruction.inputs.push_back(PlaceOf(*input));
      }
    }
    if (expression.column.kind == ColumnKind::kCategory) {
      instruction.output = {Place::Kind::kCodes, plan_.num_codes_++};
    } else {
      instruction.output = {Place::Kind::kSlot, plan_.num_slots_};
      plan_.num_slots_ += expression.op == Expression::Op::kBlock
                              ? expression.block->num_outputs()
                              : 1;
      CheckSlots();
    }
    return instruction;
  }

  void CheckSlots() const {
    if (plan_.num_slots_ <= kMaxSlots) return;
    throw ArtifactError({.where = "pipeline",
                         .expected = "at most " + std::to_string(kMaxSlots) +
                                     " columns to work out for an event",
                         .got = "more"});
  }

  Place FieldPlace(const Expression& expression) const {
    return {FieldPlaceKind(schema_.field(expression.source).type),
            expression.source};
  }

  static Place::Kind FieldPlaceKind(FieldType type) {
    switch (type) {
      case FieldType::kNumber:
      case FieldType::kInteger:
      case FieldType::kBoolean:
        return Place::Kind::kNumberField;
      case FieldType::kCategory:
        return Place::Kind::kCodeField;
      case FieldType::kTimestamp:
        return Place::Kind::kTimeField;
      case FieldType::kText:
        return Place::Kind::kTextField;
    }
    assert(false);
    return Place::Kind::kNumberField;
  }

  /// Shared by all that have one input, such as the columns of a block.
  const std::vector<std::size_t>& FieldsOf(const Expression& expression) {
    if (expression.inputs.size() == 1) return FieldsOf(*expression.inputs[0]);
    const auto known = fields_.find(&expression);
    if (known != fields_.end()) return *known->second;
    std::set<std::size_t> fields;
    if (expression.op == Expression::Op::kSource) {
      fields.insert(expression.source);
    }
    for (const ExpressionPtr& input : expression.inputs) {
      const std::vector<std::size_t>& more = FieldsOf(*input);
      fields.insert(more.begin(), more.end());
    }
    plan_.origin_fields_.emplace_back(fields.begin(), fields.end());
    fields_[&expression] = &plan_.origin_fields_.back();
    return plan_.origin_fields_.back();
  }

  FeatureOrigin OriginOf(const Expression& feature) {
    FeatureOrigin origin;
    origin.fields = FieldsOf(feature);
    if (feature.op == Expression::Op::kTable &&
        feature.inputs[0]->op == Expression::Op::kSource) {
      origin.kind = FeatureOrigin::Kind::kCategory;
      origin.table = feature.table;
      return origin;
    }
    const Expression* base = &feature;
    for (; base->op == Expression::Op::kMap; base = base->inputs[0].get()) {
      origin.maps.push_back(base->map);
    }
    if (base->op == Expression::Op::kSource) {
      origin.kind = FeatureOrigin::Kind::kNumber;
      std::reverse(origin.maps.begin(), origin.maps.end());
    } else {
      origin.maps.clear();
    }
    return origin;
  }

  const Schema& schema_;
  Plan& plan_;
  std::map<const Expression*, Place> places_;
  std::map<const Expression*, const std::vector<std::size_t>*> fields_;
};

Plan::Plan(const Schema& schema, std::vector<ExpressionPtr> features)
    : features_(std::move(features)) {
  if (features_.empty()) {
    throw ArtifactError({.where = "pipeline",
                         .expected = "at least one feature",
                         .got = "none"});
  }
  std::set<std::string> names;
  Compiler compiler(schema, *this);
  for (const ExpressionPtr& feature : features_) {
    if (feature->column.kind != ColumnKind::kNumber) {
      throw ArtifactError(
          {.where = "pipeline, feature '" + feature->column.name + "'",
           .expected = "a number (encode or drop the column)",
           .got = "a " + std::string(ToText(feature->column.kind))});
    }
    if (!names.insert(feature->column.name).second) {
      throw ArtifactError({.where = "pipeline",
                           .expected = "features with distinct names",
                           .got = "'" + feature->column.name + "' twice"});
    }
    compiler.AddFeature(*feature);
  }
}

ColumnValues Plan::ValuesAt(const Place& place, const EventBatch& batch,
                            const Scratch& scratch) {
  ColumnValues values;
  switch (place.kind) {
    case Place::Kind::kNumberField:
      values.numbers = batch.numbers(place.index).data();
      break;
    case Place::Kind::kCodeField:
      values.codes = batch.codes(place.index).data();
      break;
    case Place::Kind::kTimeField:
      values.timestamps = batch.timestamps(place.index).data();
      break;
    case Place::Kind::kTextField:
      values.texts = batch.texts(place.index).data();
      break;
    case Place::Kind::kSlot:
      values.numbers = scratch.slots_[place.index].data();
      break;
    case Place::Kind::kCodes:
      values.codes = scratch.codes_[place.index].data();
      break;
  }
  return values;
}

namespace {

/// What kRecode and kCode make of their input.
void MakeCodes(const Expression& expression, const ColumnValues& input,
               std::span<std::int32_t> out) {
  if (expression.op == Expression::Op::kCode) {
    expression.coder->Apply({input.numbers, out.size()}, out);
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto entry = static_cast<std::size_t>(input.codes[i] + kTableShift);
    out[i] = expression.recode[entry];
  }
}

}  // namespace

void Plan::Execute(const Instruction& instruction, const EventBatch& batch,
                   Scratch& scratch) const {
  const Expression& expression = *instruction.expression;
  const std::size_t rows = batch.num_rows();
  const ColumnValues first = ValuesAt(instruction.inputs[0], batch, scratch);
  if (instruction.output.kind == Place::Kind::kCodes) {
    MakeCodes(expression, first,
              {scratch.codes_[instruction.output.index].data(), rows});
    return;
  }
  const std::span<double> out(scratch.slots_[instruction.output.index].data(),
                              rows);
  switch (expression.op) {
    case Expression::Op::kMap:
      std::copy_n(first.numbers, rows, out.begin());
      for (const NumberMap* map : instruction.maps) map->Apply(out);
      return;
    case Expression::Op::kTable:
      for (std::size_t i = 0; i < rows; ++i) {
        out[i] =
            expression
                .table[static_cast<std::size_t>(first.codes[i] + kTableShift)];
      }
      return;
    case Expression::Op::kKernel:
      GatherInputs(instruction, batch, scratch);
      expression.kernel->Apply(scratch.inputs_, out);
      return;
    case Expression::Op::kBlock: {
      GatherInputs(instruction, batch, scratch);
      scratch.outs_.clear();
      for (std::size_t i = 0; i < expression.block->num_outputs(); ++i) {
        scratch.outs_.push_back(
            scratch.slots_[instruction.output.index + i].data());
      }
      expression.block->Apply(scratch.inputs_, rows, scratch.outs_);
      return;
    }
    case Expression::Op::kSource:
    case Expression::Op::kRecode:
    case Expression::Op::kCode:
    case Expression::Op::kPick:
      assert(false);
  }
}

void Plan::GatherInputs(const Instruction& instruction, const EventBatch& batch,
                        Scratch& scratch) {
  scratch.inputs_.clear();
  for (const Place& place : instruction.inputs) {
    scratch.inputs_.push_back(ValuesAt(place, batch, scratch));
  }
}

void Plan::Run(const EventBatch& batch, Scratch& scratch,
               Eigen::Ref<RowMatrix> out) const {
  const std::size_t rows = batch.num_rows();
  if (rows == 0) return;  // a matrix without rows has no address to step from
  assert(out.cols() == static_cast<Eigen::Index>(num_features()));
  assert(out.rows() >= static_cast<Eigen::Index>(rows));
  scratch.slots_.resize(std::max(scratch.slots_.size(), num_slots_));
  scratch.codes_.resize(std::max(scratch.codes_.size(), num_codes_));
  for (auto& slot : scratch.slots_) slot.resize(std::max(slot.size(), rows));
  for (auto& codes : scratch.codes_) codes.resize(std::max(codes.size(), rows));
  for (const Instruction& instruction : instructions_) {
    Execute(instruction, batch, scratch);
  }
  const auto stride = static_cast<std::size_t>(out.outerStride());
  for (std::size_t feature = 0; feature < outputs_.size(); ++feature) {
    const Output& output = outputs_[feature];
    const ColumnValues from = ValuesAt(output.from, batch, scratch);
    double* cell = out.data() + feature;
    if (output.table != nullptr) {
      for (std::size_t i = 0; i < rows; ++i, cell += stride) {
        *cell = output.table[from.codes[i] + kTableShift];
      }
    } else {
      for (std::size_t i = 0; i < rows; ++i, cell += stride) {
        *cell = from.numbers[i];
      }
    }
  }
}

}  // namespace tidemill
