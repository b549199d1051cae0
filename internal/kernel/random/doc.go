// Package random draws numbers of distributions that have no formula for one uniform number: each element of an array has a stream
// of its own, from which it takes as many random words as it needs. So an element is a function of the key of the array and of the
// element's place, whatever is drawn around it.
//
// The stream of an element is Philox 4×64 with ten rounds again, under a key that is a block of the array's.
//
// Methods: gamma numbers by Marsaglia and Tsang (2000), beta numbers from two of them in logarithms, Poisson and binomial numbers by
// Hörmann's transformed rejection (1993) or, where they are small, by waiting times, von Mises numbers by Best and Fisher (1979), Wald
// numbers by Michael, Schucany and Haas (1976), Zipf numbers by Devroye (1986). A permutation is a network of Feistel's over the
// smallest even number of bits that holds all places, walked until it is among them, so that no place needs to know of another.
package random
