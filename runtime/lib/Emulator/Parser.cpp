//===- Parser.cpp - PTX text as a program to execute ----------------------===//
//
// 1. Directives at the top: variables get memory, kernels their parameters.
// 2. A kernel's body: registers are numbered as their names come, labels by the
//    instruction that follows.
// 3. Branches find their labels at the body's end.
//===----------------------------------------------------------------------===//

#include "Opcodes.h"
#include "Ptx.h"
#include "Tokens.h"
#include <algorithm>
#include <cstring>

namespace dtc::ptx {
namespace {

/// Thrown by the parser alone, caught at its entry.
struct ParseError {
  int32_t line;
  std::string message;
};

constexpr uint64_t mostBytes = uint64_t(1) << 30;

class Parser {
public:
  Parser(Module &moduleOf, std::string_view text)
      : module(moduleOf), tokens(tokenize(text)) {}

  void parse();

private:
  const Token &peek() const { return tokens[at]; }
  const Token &next() {
    const Token &token = tokens[at];
    if (at + 1 < tokens.size())
      ++at;
    return token;
  }
  bool accept(std::string_view text) {
    if (!peek().is(text))
      return false;
    next();
    return true;
  }
  void expect(std::string_view text) {
    if (!accept(text))
      fail("expected '" + std::string(text) + "', got '" +
           std::string(peek().text) + "'");
  }
  [[noreturn]] void fail(const std::string &message) const {
    throw ParseError{peek().line, message};
  }
  uint64_t number();
  void skipStatement();

  void parseTop();
  void parseVariable(Space space);
  void readInitial(Variable &variable, uint64_t elementBytes);
  void place(Variable &variable);
  void parseKernel();
  void parseParameter(Kernel &kernel);
  void parseDirectives(Kernel &kernel);
  void parseBody(Kernel &kernel);
  void parseBodyDirective();
  void declareRegisters();
  void parseInstruction(Kernel &kernel);
  Operand parseOperand();
  Operand parseAddress();
  Operand parseName();
  int32_t registerNumber(std::string_view name);
  void resolveBranches(Kernel &kernel);

  Module &module;
  std::vector<Token> tokens;
  size_t at = 0;
  std::map<std::string_view, int32_t> registers;
  std::map<std::string_view, uint32_t> labels;
  std::map<size_t, std::string_view> branches;
  Kernel *current = nullptr;
};

uint64_t Parser::number() {
  bool negative = accept("-");
  uint64_t bits = 0;
  if (!readNumber(peek().text, bits))
    fail("expected a number, got '" + std::string(peek().text) + "'");
  next();
  return negative ? 0 - bits : bits;
}

void Parser::skipStatement() {
  while (!peek().text.empty() && !accept(";"))
    next();
}

//===----------------------------------------------------------------------===//
// The top
//===----------------------------------------------------------------------===//

void Parser::parse() {
  while (!peek().text.empty())
    parseTop();
}

void Parser::parseTop() {
  const Token &token = next();
  if (token.is(".version") || token.is(".address_size")) {
    next();
  } else if (token.is(".target")) {
    module.target = next().text;
    while (accept(","))
      next();
  } else if (token.is(".visible") || token.is(".weak")) {
    return;
  } else if (token.is(".global")) {
    parseVariable(Space::Global);
  } else if (token.is(".const")) {
    parseVariable(Space::Const);
  } else if (token.is(".shared")) {
    parseVariable(Space::Shared);
  } else if (token.is(".entry")) {
    parseKernel();
  } else {
    --at;
    fail("'" + std::string(token.text) + "' is not known");
  }
}

void Parser::parseVariable(Space space) {
  Variable variable;
  variable.space = space;
  if (accept(".align"))
    variable.align = number();
  Type type;
  if (!readType(peek().text.substr(1), type))
    fail("expected a type, got '" + std::string(peek().text) + "'");
  next();
  variable.name = next().text;
  variable.bytes = type.bytes;
  while (accept("[")) {
    uint64_t count = number();
    expect("]");
    if (count > mostBytes / std::max<uint64_t>(variable.bytes, 1))
      fail("'" + variable.name + "' is too large");
    variable.bytes *= count;
  }
  variable.align = std::max<uint64_t>(variable.align, type.bytes);
  if (accept("="))
    readInitial(variable, type.bytes);
  expect(";");
  place(variable);
  module.variables.push_back(std::move(variable));
}

void Parser::readInitial(Variable &variable, uint64_t elementBytes) {
  bool isList = accept("{");
  uint64_t offset = 0;
  variable.initial.assign(variable.bytes, 0);
  do {
    uint64_t bits = number();
    if (offset + elementBytes > variable.bytes)
      fail("'" + variable.name + "' has too many elements");
    std::memcpy(variable.initial.data() + offset, &bits, elementBytes);
    offset += elementBytes;
  } while (isList && accept(","));
  if (isList)
    expect("}");
}

void Parser::place(Variable &variable) {
  if (variable.align == 0 || (variable.align & (variable.align - 1)) != 0)
    fail("expected an alignment that is a power of two, got " +
         std::to_string(variable.align));
  auto aligned = [&](uint64_t offset) {
    return (offset + variable.align - 1) & ~(variable.align - 1);
  };
  if (variable.space == Space::Shared) {
    variable.offset = aligned(module.sharedBytes);
    module.sharedBytes = variable.offset + variable.bytes;
  } else if (variable.space == Space::Local) {
    variable.offset = aligned(current->localBytes);
    current->localBytes = variable.offset + variable.bytes;
  } else {
    uint64_t size = variable.bytes + variable.align;
    module.memory.push_back(std::make_unique<uint8_t[]>(size));
    auto base = reinterpret_cast<uintptr_t>(module.memory.back().get());
    variable.data = reinterpret_cast<uint8_t *>(aligned(base));
    std::copy(variable.initial.begin(), variable.initial.end(), variable.data);
  }
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

void Parser::parseKernel() {
  Kernel kernel;
  current = &kernel;
  registers.clear();
  labels.clear();
  branches.clear();
  kernel.name = next().text;
  expect("(");
  while (!accept(")")) {
    parseParameter(kernel);
    accept(",");
  }
  parseDirectives(kernel);
  parseBody(kernel);
  resolveBranches(kernel);
  kernel.registers = static_cast<uint32_t>(registers.size());
  current = nullptr;
  module.kernels.push_back(std::move(kernel));
}

void Parser::parseParameter(Kernel &kernel) {
  expect(".param");
  Parameter parameter;
  uint64_t align = 1;
  // `.ptr .global .align 64` is about what a pointer points at.
  bool isPointer = false;
  while (peek().text.substr(0, 1) == ".") {
    const Token &token = next();
    Type type;
    if (token.is(".align")) {
      uint64_t value = number();
      align = isPointer ? align : value;
    } else if (token.is(".ptr")) {
      isPointer = true;
    } else if (readType(token.text.substr(1), type)) {
      parameter.bytes = type.bytes;
      align = std::max<uint64_t>(align, type.bytes);
    }
  }
  parameter.name = next().text;
  if (accept("[")) {
    parameter.bytes *= number();
    expect("]");
  }
  if (parameter.bytes == 0 || parameter.bytes > 4096 || align > 64)
    fail("parameter '" + parameter.name + "' has an unknown type");
  parameter.offset = (kernel.parameterBytes + align - 1) / align * align;
  kernel.parameterBytes = parameter.offset + parameter.bytes;
  kernel.parameters.push_back(std::move(parameter));
}

void Parser::parseDirectives(Kernel &kernel) {
  while (!peek().is("{")) {
    bool isExact = peek().is(".reqntid");
    if (!isExact && !peek().is(".maxntid") && !peek().is(".minnctapersm"))
      fail("'" + std::string(peek().text) + "' is not known");
    next();
    uint64_t threads = number();
    while (accept(","))
      threads *= number();
    if (isExact)
      kernel.requiredThreads = static_cast<uint32_t>(threads);
  }
}

void Parser::parseBody(Kernel &kernel) {
  expect("{");
  for (int depth = 1; depth > 0;) {
    if (peek().text.empty())
      fail("kernel '" + kernel.name + "' has no end");
    if (accept("{"))
      ++depth;
    else if (accept("}"))
      --depth;
    else if (peek().text[0] == '.')
      parseBodyDirective();
    else if (tokens[at + 1].is(":")) {
      labels[next().text] = static_cast<uint32_t>(kernel.code.size());
      next();
    } else {
      parseInstruction(kernel);
    }
  }
}

void Parser::parseBodyDirective() {
  if (accept(".local"))
    parseVariable(Space::Local);
  else if (accept(".shared"))
    parseVariable(Space::Shared);
  else if (accept(".reg"))
    declareRegisters();
  else if (peek().is(".pragma"))
    skipStatement();
  else
    fail("'" + std::string(peek().text) + "' is not known");
}

/// Names without a percent sign are registers only where they are declared as
/// such; others are numbered as they come.
void Parser::declareRegisters() {
  next();
  while (!accept(";")) {
    if (peek().text.empty())
      fail("expected ';' after registers");
    std::string_view name = next().text;
    char first = name[0];
    if ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z'))
      registerNumber(name);
  }
}

void Parser::parseInstruction(Kernel &kernel) {
  Instruction instruction;
  instruction.line = peek().line;
  if (accept("@")) {
    instruction.guardNegated = accept("!");
    instruction.guard = registerNumber(next().text);
  }
  const Token &name = next();
  if (!decodeName(name.text, instruction)) {
    --at;
    fail("instruction '" + std::string(name.text) + "' is not known");
  }
  if (instruction.op == Op::Branch) {
    branches[kernel.code.size()] = next().text;
  } else {
    while (!peek().is(";")) {
      instruction.operands.push_back(parseOperand());
      if (!accept(","))
        break;
    }
  }
  expect(";");
  kernel.code.push_back(std::move(instruction));
}

int32_t Parser::registerNumber(std::string_view name) {
  return registers.try_emplace(name, static_cast<int32_t>(registers.size()))
      .first->second;
}

Operand Parser::parseOperand() {
  Operand operand;
  if (accept("{")) {
    operand.form = Operand::Form::Vector;
    while (!accept("}")) {
      operand.parts.push_back(parseOperand());
      accept(",");
    }
    return operand;
  }
  if (peek().is("["))
    return parseAddress();
  if (accept("!")) {
    operand = parseName();
    operand.negated = true;
    return operand;
  }
  uint64_t bits = 0;
  if (peek().is("-") || readNumber(peek().text, bits)) {
    operand.form = Operand::Form::Immediate;
    operand.bits = number();
    return operand;
  }
  operand = parseName();
  if (accept("|")) {
    Operand pair;
    pair.form = Operand::Form::Vector;
    pair.parts = {operand, parseName()};
    return pair;
  }
  return operand;
}

Operand Parser::parseAddress() {
  expect("[");
  Operand operand = parseName();
  if (operand.form == Operand::Form::Register && operand.reg < 0)
    fail("expected an address");
  operand.form = Operand::Form::Address;
  if (accept("+"))
    operand.bits += number();
  else if (peek().is("-"))
    operand.bits += number();
  expect("]");
  return operand;
}

/// A register, a special one, or a symbol, whose address it stands for.
Operand Parser::parseName() {
  std::string_view name = next().text;
  Operand operand;
  if (name == "_")
    return operand;
  constexpr std::pair<std::string_view, SpecialRegister> special[] = {
      {"%tid.x", SpecialRegister::Tid},
      {"%ntid.x", SpecialRegister::Ntid},
      {"%ctaid.x", SpecialRegister::Ctaid},
      {"%nctaid.x", SpecialRegister::Nctaid},
      {"%laneid", SpecialRegister::Lane}};
  for (auto [text, which] : special)
    if (name == text) {
      operand.form = Operand::Form::Special;
      operand.reg = static_cast<int32_t>(which);
      return operand;
    }
  if (name.substr(0, 1) == "%") {
    if (name.find('.') != name.npos)
      fail("special register '" + std::string(name) + "' is not known");
    operand.reg = registerNumber(name);
    return operand;
  }
  if (registers.count(name)) {
    operand.reg = registerNumber(name);
    return operand;
  }
  operand.form = Operand::Form::Immediate;
  for (const Parameter &parameter : current->parameters)
    if (parameter.name == name) {
      operand.bits = parameter.offset;
      return operand;
    }
  // Names in kernels hide those of kernels before.
  for (size_t i = module.variables.size(); i-- > 0;)
    if (module.variables[i].name == name) {
      operand.symbol = static_cast<int32_t>(i);
      return operand;
    }
  --at;
  fail("'" + std::string(name) + "' is not known");
}

void Parser::resolveBranches(Kernel &kernel) {
  for (auto [instruction, label] : branches) {
    auto found = labels.find(label);
    if (found == labels.end())
      fail("there is no label '" + std::string(label) + "' in '" + kernel.name +
           "'");
    kernel.code[instruction].target = found->second;
  }
}

} // namespace

const Kernel *Module::find(std::string_view name) const {
  for (const Kernel &kernel : kernels)
    if (kernel.name == name)
      return &kernel;
  return nullptr;
}

Variable *Module::findVariable(std::string_view name) {
  for (Variable &variable : variables)
    if (variable.name == name)
      return &variable;
  return nullptr;
}

Result<std::unique_ptr<Module>> parseModule(std::string_view text) {
  auto module = std::make_unique<Module>();
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('\n', at), text.size());
    module->lines.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  try {
    Parser(*module, text).parse();
  } catch (const ParseError &error) {
    return Error{"PTX, line " + std::to_string(error.line) + ": " +
                 error.message};
  }
  return module;
}

} // namespace dtc::ptx
