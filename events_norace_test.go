//go:build !race

package braid_test

const manyTasks = 1_000_000
