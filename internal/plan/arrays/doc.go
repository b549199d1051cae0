// Package arrays is the logical form of chunked arrays before they become tasks: immutable nodes from sources through
// elementwise operations, views and reductions, and how a graph is made of them.
//
// Elementwise operations, views (transposes, slices, broadcasts, reversals) and changes of chunks cost no tasks: they
// become one program of package tile, with its reads of other arrays as strides, that runs for each chunk of what is
// asked for, or for each chunk that a reduction reads. What has to exist before others can be computed, such as the
// result of a reduction, is a boundary: its chunks are outputs of tasks.
//
// A task is given the order, which is the same for all tasks of a layer, the number of its chunk, and the chunks that
// its part of the space reads. Orders are data, so they work in any process that has this package. Where each task
// reads one chunk of each array, the layer is affine, so that a million tasks cost no more than one.
//
// A reduction merges the partial results of neighbouring chunks in a tree whose shape depends on the number of chunks
// only, so results have the same bits on any number of workers.
package arrays
