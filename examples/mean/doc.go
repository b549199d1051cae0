// Package mean computes the mean of a column in chunks: cut the column, sum the chunks at the same time, add up.
//
// The column has 10,000 values, 3, 5, 7 and so on, so that the mean is 3 + 9,999 = 10,002 exactly. Ten thousand
// additions are done in microseconds, too little to share with profit. What carries over to long columns is the form: as
// many results as chunks, not as rows.
package mean
