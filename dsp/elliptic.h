// dsp/elliptic.h - Jacobi's elliptic functions as elliptic filters need them, by theta series
// of the nome: they take the degree equation (the modulus that makes the pass band end where
// `order` equal ripples have led to the stop band) and the functions alike.
#pragma once

namespace moonlet::dsp {

struct Jacobi {
  double sn, cn, dn;
};

class EllipticDegree {
 public:
  // Ripples: sqrt(1 + pass^2) - 1 in the pass band, 1 / sqrt(1 + stop^2) in the stop band.
  // Requires 0 < pass < stop.
  EllipticDegree(int order, double pass, double stop);

  double modulus() const { return k_; }
  // At `part` quarter periods.
  Jacobi Real(double part) const;
  // With the complementary modulus, at the distance of the poles from the imaginary axis.
  Jacobi Imaginary() const;

 private:
  double q_;      // nome
  double k_, l_;  // modulus and complementary modulus
  double shift_;  // of the poles, in units of the theta functions
};

}  // namespace moonlet::dsp
