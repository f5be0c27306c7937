//===- CommandLine.cpp - The command line of dtc-run ----------------------===//

#include "CommandLine.h"

namespace dtc::runtime {

Result<CommandLine>
parseCommandLine(const std::vector<std::string> &arguments) {
  CommandLine line;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string &argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      line.action = CommandLine::Help;
      return line;
    }
    if (argument == "--version") {
      line.action = CommandLine::Version;
      return line;
    }
    bool isOption = argument.size() > 1 && argument[0] == '-';
    if (!isOption) {
      if (!line.bundle.empty())
        return Error{"expected one bundle, got '" + line.bundle + "' and '" +
                     argument + "'"};
      if (argument.empty())
        return Error{"expected a bundle, got an empty name"};
      line.bundle = argument;
      continue;
    }
    line.rankArguments.push_back(argument);
    bool hasValue = argument.find('=') != std::string::npos;
    if (!hasValue && i + 1 < arguments.size())
      line.rankArguments.push_back(arguments[++i]);
  }
  auto options = parseOptions(line.rankArguments);
  if (!options)
    return options.error();
  line.options = *options;
  if (line.bundle.empty())
    return Error{"expected a bundle, the folder that dtc-compile wrote"};
  return line;
}

std::string launcherUsage() {
  std::string text = usageText();
  return "usage: dtc-run BUNDLE [options]\n\n"
         "Starts one process per rank of the bundle, feeds inputs, gathers "
         "outputs.\n\n" +
         text.substr(text.find('\n') + 1) +
         "  --version                         print the version\n\n"
         "Exit status: 0; 1 bad input or a failed rank; 2 wrong usage; 3 no "
         "usable device.\n";
}

} // namespace dtc::runtime
