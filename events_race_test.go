//go:build race

package braid_test

const manyTasks = 100_000
