//===- Explain.cpp - The report as tables for people ----------------------===//

#include "dtc/Driver/Report.h"

#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

/// "[16, 10]" or "[shard(0)]".
static std::string list(const json::Array *array) {
  std::string text = "[";
  for (const json::Value &value : *array) {
    if (text.size() > 1)
      text += ", ";
    if (auto word = value.getAsString())
      text += *word;
    else
      text += std::to_string(*value.getAsInteger());
  }
  return text + "]";
}

static std::string bytesText(int64_t bytes) {
  if (bytes < 10000)
    return formatv("{0} B", bytes);
  if (bytes < 10000000)
    return formatv("{0:F1} KB", bytes / 1e3);
  return formatv("{0:F1} MB", bytes / 1e6);
}

using Row = std::vector<std::string>;

/// Columns padded to their widest cell; the first row is the header.
static void printTable(StringRef title, const std::vector<Row> &rows,
                       raw_ostream &os) {
  os << title << "\n";
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const Row &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (size_t r = 0; r < rows.size(); ++r) {
    os << " ";
    for (size_t i = 0; i < rows[r].size(); ++i)
      os << " " << rows[r][i]
         << std::string(
                i + 1 == rows[r].size() ? 0 : widths[i] - rows[r][i].size() + 1,
                ' ');
    os << "\n";
    if (r != 0)
      continue;
    os << " ";
    for (size_t i = 0; i < widths.size(); ++i)
      os << " " << std::string(widths[i], '-')
         << (i + 1 == widths.size() ? "" : " ");
    os << "\n";
  }
  os << "\n";
}

static void explainTensors(const json::Object &report, raw_ostream &os) {
  std::vector<Row> rows{{"", "name", "shape", "placements"}};
  for (auto [key, label] :
       {std::pair<const char *, const char *>{"inputs", "input"},
        {"parameters", "parameter"},
        {"outputs", "output"}})
    for (const json::Value &value : *report.getArray(key)) {
      const json::Object &tensor = *value.getAsObject();
      rows.push_back({label, tensor.getString("name")->str(),
                      list(tensor.getArray("shape")),
                      list(tensor.getArray("placements"))});
    }
  printTable("Tensors", rows, os);
}

static void explainCollectives(const json::Object &report, raw_ostream &os) {
  const json::Array &ops = *report.getArray("collective_ops");
  if (ops.empty()) {
    os << "Collectives\n  none\n\n";
    return;
  }
  std::vector<Row> rows{{"kind", "axes", "bytes", "phase", "cause"}};
  int64_t total = 0;
  for (const json::Value &value : ops) {
    const json::Object &op = *value.getAsObject();
    std::string kind = op.getString("kind")->str();
    if (auto reduce = op.getString("reduce"))
      kind += "(" + reduce->str() + ")";
    total += *op.getInteger("bytes");
    rows.push_back(
        {kind, list(op.getArray("axes")), bytesText(*op.getInteger("bytes")),
         op.getString("phase")->str(), op.getString("cause")->str()});
  }
  printTable("Collectives", rows, os);
  os << "  " << ops.size() << " collectives, " << bytesText(total)
     << " of results on each rank\n\n";
}

static void explainRanks(const json::Object &report, raw_ostream &os) {
  std::vector<Row> rows{{"rank", "weights", "activations", "total", "flops"}};
  const json::Array &memory = *report.getArray("memory_per_rank");
  const json::Array &flops = *report.getArray("flops_per_rank");
  for (size_t i = 0; i < memory.size(); ++i) {
    const json::Object &rank = *memory[i].getAsObject();
    rows.push_back(
        {std::to_string(i), bytesText(*rank.getInteger("weights")),
         bytesText(*rank.getInteger("activations")),
         bytesText(*rank.getInteger("total")),
         i < flops.size() ? std::to_string(*flops[i].getAsInteger()) : ""});
  }
  printTable("Ranks", rows, os);
}

void dtc::explain(const json::Object &report, raw_ostream &os) {
  os << *report.getString("model") << " for " << *report.getString("target")
     << " on mesh";
  for (const json::Value &value : *report.getArray("mesh"))
    os << " " << *value.getAsObject()->getString("name") << "="
       << *value.getAsObject()->getInteger("size");
  os << "\n\n";
  explainTensors(report, os);
  explainCollectives(report, os);
  explainRanks(report, os);
}
