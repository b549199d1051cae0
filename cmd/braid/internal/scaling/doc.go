// Package scaling has the command scaling, which finds out with how many cores a program is fastest. It reads the flags and prints;
// internal/scaling measures and judges.
package scaling
