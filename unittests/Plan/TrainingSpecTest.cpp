//===- TrainingSpecTest.cpp - Training specs and all their messages -------===//

#include "dtc/Plan/TrainingSpec.h"

#include "gtest/gtest.h"

#include <filesystem>

using namespace dtc::plan;

namespace {

TrainingSpec parse(llvm::StringRef text) {
  ParsedTrainingSpec parsed = parseTrainingSpec(text, "t");
  EXPECT_EQ(parsed.diagnostics.str(), "") << text.str();
  return parsed.spec;
}

void expectError(const std::string &text, const std::string &message) {
  EXPECT_EQ(parseTrainingSpec(text, "t").diagnostics.str(),
            "t:" + message + "\n")
      << text;
}

TEST(TrainingSpec, the_interface_example_parses) {
  TrainingSpec spec = parse(R"(loss: {kind: sum, output: y}
optimizer: {kind: sgd, lr: 0.25, momentum: 0.0, nesterov: false, weight_decay: 0.0}
trainable: ["*weight", "*bias"]
padding_idx: {"emb.weight": 12}
remat: ["layers.*"]
zero: false
return: [loss, grads, params]
)");
  EXPECT_EQ(spec.loss.kind, LossKind::Sum);
  EXPECT_EQ(spec.loss.output, "y");
  EXPECT_EQ(spec.loss.outputAt, (SourcePoint{1, 27}));
  ASSERT_TRUE(spec.optimizer);
  EXPECT_EQ(spec.optimizer->kind, OptimizerKind::Sgd);
  EXPECT_DOUBLE_EQ(spec.optimizer->lr, 0.25);
  ASSERT_TRUE(spec.trainable);
  EXPECT_EQ(spec.trainable->at(1).pattern, "*bias");
  EXPECT_EQ(spec.trainable->at(1).at, (SourcePoint{3, 24}));
  ASSERT_EQ(spec.paddingIdx.size(), 1u);
  EXPECT_EQ(spec.paddingIdx[0].row, 12);
  EXPECT_EQ(spec.remat.at(0).pattern, "layers.*");
  EXPECT_FALSE(spec.zero);
  EXPECT_TRUE(spec.returns.loss && spec.returns.grads && spec.returns.params);
  EXPECT_FALSE(spec.returns.inputGrads);
}

TEST(TrainingSpec, defaults_are_those_of_torch) {
  TrainingSpec spec = parse("loss: mean\noptimizer: adamw\n");
  EXPECT_EQ(spec.loss.kind, LossKind::Mean);
  EXPECT_FALSE(spec.loss.output);
  EXPECT_EQ(spec.loss.ignoreIndex, -100);
  EXPECT_EQ(spec.loss.classDim, -1);
  EXPECT_DOUBLE_EQ(spec.optimizer->lr, 1e-3);
  EXPECT_DOUBLE_EQ(spec.optimizer->beta1, 0.9);
  EXPECT_DOUBLE_EQ(spec.optimizer->beta2, 0.999);
  EXPECT_DOUBLE_EQ(spec.optimizer->eps, 1e-8);
  EXPECT_DOUBLE_EQ(spec.optimizer->weightDecay, 1e-2);
  EXPECT_FALSE(spec.trainable);
  EXPECT_TRUE(spec.returns.loss && spec.returns.grads && spec.returns.params);
  TrainingSpec sgd = parse("loss: mse\noptimizer: {kind: sgd}\n");
  EXPECT_DOUBLE_EQ(sgd.optimizer->weightDecay, 0);
  EXPECT_DOUBLE_EQ(sgd.optimizer->momentum, 0);
  EXPECT_FALSE(parse("loss: cotangent").optimizer);
}

TEST(TrainingSpec, every_key_is_read) {
  TrainingSpec spec =
      parse("loss: {kind: cross_entropy, ignore_index: -1, class_dim: 1, "
            "target: probabilities}\n"
            "optimizer: {kind: adamw, lr: 1e-2, betas: [0.5, 0.75], eps: 1e-6, "
            "weight_decay: 0.1}\n"
            "trainable: []\npadding_idx: {'*emb*': -1}\nzero: true\n"
            "return: [input_grads]\n");
  EXPECT_EQ(spec.loss.kind, LossKind::CrossEntropy);
  EXPECT_EQ(spec.loss.ignoreIndex, -1);
  EXPECT_EQ(spec.loss.classDim, 1);
  EXPECT_EQ(spec.loss.target, TargetKind::Probabilities);
  EXPECT_DOUBLE_EQ(spec.optimizer->beta1, 0.5);
  EXPECT_DOUBLE_EQ(spec.optimizer->beta2, 0.75);
  EXPECT_DOUBLE_EQ(spec.optimizer->eps, 1e-6);
  EXPECT_DOUBLE_EQ(spec.optimizer->weightDecay, 0.1);
  ASSERT_TRUE(spec.trainable);
  EXPECT_TRUE(spec.trainable->empty());
  EXPECT_EQ(spec.paddingIdx[0].row, -1);
  EXPECT_TRUE(spec.zero);
  EXPECT_TRUE(spec.returns.inputGrads);
  EXPECT_FALSE(spec.returns.loss);
  TrainingSpec nesterov = parse("loss: sum\noptimizer: {kind: sgd, momentum: "
                                "0.9, nesterov: true}");
  EXPECT_TRUE(nesterov.optimizer->nesterov);
}

TEST(TrainingSpec, losses_print_as_they_are_written) {
  for (const char *word : {"sum", "mean", "mse", "cross_entropy", "cotangent"})
    EXPECT_EQ(stringify(parse("loss: " + std::string(word)).loss.kind), word);
}

TEST(TrainingSpecErrors, the_loss_is_needed_and_known) {
  std::string words = "sum, mean, mse, cross_entropy, cotangent";
  expectError("zero: true",
              "1:1: error: a training spec needs the key 'loss', one of " +
                  words);
  expectError("", "1:1: error: expected a mapping for a training spec, got "
                  "nothing");
  expectError("loss: summ", "1:7: error: unknown loss 'summ', expected one "
                            "of " +
                                words + "; did you mean 'sum'?");
  expectError("loss: {output: y}", "1:7: error: 'loss' needs the key 'kind'");
  expectError("loss: [sum]",
              "1:7: error: expected a mapping for 'loss', got a list");
  expectError("loss: {kind: sum, output: [y]}",
              "1:27: error: expected the name of an output, got a list");
}

TEST(TrainingSpecErrors, keys_belong_to_their_loss_and_optimizer) {
  expectError("loss: {kind: mse, class_dim: 1}",
              "1:19: error: unknown key 'class_dim' in loss 'mse', expected "
              "one of kind, output");
  expectError(
      "loss: {kind: cross_entropy, clas_dim: 1}",
      "1:29: error: unknown key 'clas_dim' in loss 'cross_entropy', "
      "expected one of kind, output, ignore_index, class_dim, target; did you "
      "mean 'class_dim'?");
  expectError("loss: sum\noptimizer: {kind: sgd, betas: [0, 0]}",
              "2:24: error: unknown key 'betas' in optimizer 'sgd', expected "
              "one of kind, lr, momentum, nesterov, weight_decay");
  expectError("loss: sum\noptimizer: {kind: adamw, momentum: 0.9}",
              "2:26: error: unknown key 'momentum' in optimizer 'adamw', "
              "expected one of kind, lr, betas, eps, weight_decay");
  expectError("loss: sum\nretrun: [loss]",
              "2:1: error: unknown key 'retrun' in a training spec, expected "
              "one of loss, optimizer, trainable, padding_idx, remat, zero, "
              "return; did you mean 'return'?");
}

TEST(TrainingSpecErrors, optimizers_are_checked) {
  expectError("loss: sum\noptimizer: adam",
              "2:12: error: unknown optimizer 'adam', expected one of sgd, "
              "adamw; did you mean 'adamw'?");
  expectError("loss: sum\noptimizer: {lr: 1}",
              "2:12: error: 'optimizer' needs the key 'kind'");
  for (const char *key : {"lr", "momentum", "weight_decay"})
    expectError("loss: sum\noptimizer:\n  kind: sgd\n  " + std::string(key) +
                    ":\n    -1\n",
                "5:5: error: expected '" + std::string(key) +
                    "' of at least 0, got '-1'");
  expectError("loss: sum\noptimizer: {kind: adamw, eps: -1}",
              "2:31: error: expected 'eps' of at least 0, got '-1'");
  expectError("loss: sum\noptimizer: {kind: sgd, lr: inf}",
              "2:28: error: expected a number for 'lr', got 'inf'");
  expectError("loss: sum\noptimizer: {kind: sgd, lr: 1e999}",
              "2:28: error: expected a number for 'lr', got '1e999'");
  expectError("loss: sum\noptimizer: {kind: sgd, nesterov: true}",
              "2:34: error: 'nesterov' needs a 'momentum' above 0, got 0");
  expectError("loss: sum\noptimizer: {kind: sgd, nesterov: yes}",
              "2:34: error: expected true or false for 'nesterov', got 'yes'");
}

TEST(TrainingSpecErrors, betas_are_two_numbers_below_one) {
  expectError("loss: sum\noptimizer: {kind: adamw, betas: 0.9}",
              "2:33: error: expected a list of two numbers for 'betas', got "
              "'0.9'");
  expectError("loss: sum\noptimizer: {kind: adamw, betas: [0.9]}",
              "2:33: error: expected two numbers for 'betas', got 1");
  expectError("loss: sum\noptimizer: {kind: adamw, betas: [1.0, -0.1]}",
              "2:34: error: expected 'betas' from 0 to below 1, got '1.0'\n"
              "t:2:39: error: expected 'betas' from 0 to below 1, got '-0.1'");
  expectError("loss: sum\noptimizer: {kind: adamw, betas: [a, 0]}",
              "2:34: error: expected a number for 'betas', got 'a'");
}

TEST(TrainingSpecErrors, lists_and_mappings_are_checked) {
  expectError("loss: sum\ntrainable: '*'",
              "2:12: error: expected a list for 'trainable', got '*'");
  expectError("loss: sum\nremat: [[a]]",
              "2:9: error: expected a pattern in 'remat', got a list");
  expectError("loss: sum\npadding_idx: [1]",
              "2:14: error: expected a mapping for 'padding_idx', got a list");
  expectError("loss: sum\npadding_idx: {w: 1.5}",
              "2:18: error: expected an integer row for 'w', got '1.5'");
  expectError("loss: sum\npadding_idx: {w: 9223372036854775808}",
              "2:18: error: expected an integer row for 'w' that fits in 64 "
              "bits, got '9223372036854775808'");
  expectError("loss: sum\nzero: 0",
              "2:7: error: expected true or false for 'zero', got '0'");
  expectError("loss: sum\nreturn: loss",
              "2:9: error: expected a list for 'return', got 'loss'");
  expectError("loss: sum\nreturn: [los]",
              "2:10: error: unknown returned value 'los', expected one of "
              "loss, grads, params, input_grads; did you mean 'loss'?");
  expectError("loss: sum\nreturn: [loss, loss]",
              "2:16: error: 'loss' is returned twice; remove one of them");
}

TEST(TrainingSpec, every_fixture_spec_parses_without_a_message) {
  unsigned count = 0;
  for (const auto &folder : std::filesystem::directory_iterator(DTC_FIXTURES)) {
    std::filesystem::path path = folder.path() / "train.yaml";
    if (!std::filesystem::exists(path))
      continue;
    ++count;
    EXPECT_EQ(parseTrainingSpecFile(path.string()).diagnostics.str(), "");
  }
  EXPECT_GT(count, 0u);
}

} // namespace
