#include <array>

#include "consumers/commands.h"
#include "producers/commands.h"
#include "tidemill/cli/command_line.h"
#include "tidemill/cli/commands.h"
#include "tidemill/cli/train_command.h"

int main(int argc, char** argv) {
  constexpr std::array<tidemill::AddCommand, 13> kCommands = {
      tidemill::AddDemoCommand,     tidemill::AddTrainCommand,
      tidemill::AddImportCommand,   tidemill::AddScoreCommand,
      tidemill::AddInspectCommand,  tidemill::AddServeCommand,
      tidemill::AddRegistryCommand, tidemill::AddReplayCommand,
      tidemill::AddSimulateCommand, tidemill::AddTopCommand,
      tidemill::AddCheckCommand,    tidemill::AddConfigCommand,
      tidemill::AddHealthCommand};
  return tidemill::RunCommandLine(argc, argv, kCommands);
}
