//===- ActivationsToCpu.cpp - Code of bent and bounded functions ----------===//
//
//   log(1 + x) = log(w) + (x - (w - 1)) with w the rounded 1 + x: what w has
//   lost is added where x is at most 1. It would have to be divided by w, which
//   is about 1 where that is more than the last bit.
//
//   exp(x) - 1 = tanh(x / 2) (exp(x) + 1): exact near 0.
//
//   log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)): no overflow.
//
//===----------------------------------------------------------------------===//

#include "ActivationsToCpu.h"

using namespace mlir;
using namespace dtc;
using namespace dtc::cpu;

namespace {

/// Arithmetic on the elements of one op.
struct Elements {
  const ElementBuilder &e;

  template <typename Op, typename... Values>
  Value make(Values... values) const {
    return Op::create(e.builder, e.location, values...);
  }
  Value number(double value) const { return e.constant(value); }
  Value select(Value condition, Value a, Value b) const {
    return make<arith::SelectOp>(condition, a, b);
  }

  Value log1p(Value x) const {
    Value w = make<arith::AddFOp>(x, number(1));
    Value lost = make<arith::SubFOp>(x, make<arith::SubFOp>(w, number(1)));
    Value isSmall =
        make<arith::CmpFOp>(arith::CmpFPredicate::OLE, x, number(1));
    return make<arith::AddFOp>(make<math::LogOp>(w),
                               select(isSmall, lost, number(0)));
  }
  Value expm1(Value x) const {
    Value tanh = make<math::TanhOp>(make<arith::MulFOp>(x, number(0.5)));
    Value sum = make<arith::AddFOp>(make<math::ExpOp>(x), number(1));
    return make<arith::MulFOp>(tanh, sum);
  }
  Value softplus(Value x) const {
    Value below = make<arith::NegFOp>(make<math::AbsFOp>(x));
    Value head = make<arith::MaximumFOp>(x, number(0));
    return make<arith::AddFOp>(head, log1p(make<math::ExpOp>(below)));
  }
  Value clamp(ClampOp op, Value x) const {
    if (auto least = op.getLeast())
      x = make<arith::MaximumFOp>(x, number(least->convertToDouble()));
    if (auto most = op.getMost())
      x = make<arith::MinimumFOp>(x, number(most->convertToDouble()));
    return x;
  }
  /// The exponential is of numbers up to 0, whatever is chosen.
  Value elu(EluOp op, Value x) const {
    Value rate = number(op.getRate().convertToDouble());
    Value power =
        make<arith::MulFOp>(make<arith::MinimumFOp>(x, number(0)), rate);
    Value below = make<arith::MulFOp>(expm1(power),
                                      number(op.getBelow().convertToDouble()));
    Value above =
        make<arith::MulFOp>(x, number(op.getAbove().convertToDouble()));
    Value isAbove =
        make<arith::CmpFOp>(arith::CmpFPredicate::OGT, x, number(0));
    return select(isAbove, above, below);
  }
};

} // namespace

void dtc::cpu::registerActivationCpuLowerings(CpuLowerings &l) {
  constexpr Numbers floats = Numbers::Floats;
  l.element<Log1pOp>([](auto &e, Operation *,
                        ValueRange v) { return Elements{e}.log1p(v[0]); },
                     10, floats);
  l.element<Expm1Op>([](auto &e, Operation *,
                        ValueRange v) { return Elements{e}.expm1(v[0]); },
                     16, floats);
  l.element<SoftplusOp>([](auto &e, Operation *,
                           ValueRange v) { return Elements{e}.softplus(v[0]); },
                        20, floats);
  l.element<ClampOp>([](auto &e, ClampOp op,
                        ValueRange v) { return Elements{e}.clamp(op, v[0]); },
                     2, floats);
  l.element<EluOp>(
      [](auto &e, EluOp op, ValueRange v) { return Elements{e}.elu(op, v[0]); },
      18, floats);
}
