// Package guard starts this program again as a process that ends what programs have started when whoever runs them is killed. It
// is for Unix: elsewhere the package is empty.
package guard
