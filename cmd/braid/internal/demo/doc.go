// Package demo has the command demo, which runs examples and checks their results, in one mode or side by side in several.
package demo
