#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidemill/core/schema.h"
#include "tidemill/data/data_file.h"
#include "tidemill/data/table_profile.h"

namespace tidemill {

/// Writes CSV rows as events: JSON objects of the cells that are not blank.
class CsvEvents {
 public:
  /// Every column is written as its field's type; a column that is no field is
  /// left out. Throws DataError when none is one.
  CsvEvents(const std::vector<std::string>& columns, const Schema& schema,
            const DataFile& file);
  /// Every column is written as what its values were guessed to be.
  CsvEvents(const std::vector<std::string>& columns,
            const TableProfile& profile, const DataFile& file);

  /// Appends the object. Throws DataError naming `place` and column on a cell
  /// that is not of its type.
  void Append(const std::vector<std::string_view>& cells, const RowPlace& place,
              std::string& out) const;

  /// Names of columns that are not written.
  const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  enum class Form { kLeftOut, kNumber, kBoolean, kTime, kText };
  struct Column {
    std::string name;
    std::string key;  ///< as JSON, with the colon
    Form form = Form::kLeftOut;
  };

  static Form FormOf(FieldType type);
  void AddColumn(const std::string& name, Form form);
  void AppendValue(const Column& column, std::string_view cell,
                   const RowPlace& place, std::string& out) const;

  std::vector<Column> columns_;
  std::vector<std::string> left_out_;
  char decimal_;
};

}  // namespace tidemill
