#!/usr/bin/env bash
# scripts/demo.sh: the main job on a fresh machine. Installs packages, builds, renders digits, trains
# a network on the sums of pairs of them alone, then answers a query over two pictures with its proof.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/build.sh release
entail=build/release/entail
out=build/demo

step() { printf '\n== %s\n' "$*"; }

started=$SECONDS
step "Digits: 20,000 pictures in 10,000 pairs to train on, 4,000 others in 2,000 pairs to validate on"
$entail digits --count 20000 --sums 10000 --seed 1 --out $out/train
$entail digits --count 4000 --sums 2000 --seed 2 --out $out/valid

step "The program"
cat examples/sum.ent

step "Training, from the sums alone (labels of single digits are for the report)"
$entail train examples/sum.ent --epochs 2 --save $out/mnist.weights \
    --data $out/train/sums.csv --images $out/train/images.idx --labels $out/train/labels.idx \
    --valid-data $out/valid/sums.csv --valid-images $out/valid/images.idx \
    --valid-labels $out/valid/labels.idx

step "Running it on examples/a.png and examples/b.png"
answers=$($entail run examples/sum.ent --weights mnist=$out/mnist.weights)
grep '^sum(a,b,' <<<"$answers" | head -n 3

best=$(grep -m 1 '^sum(a,b,' <<<"$answers")
best=${best%%:*}
step "Why $best"
$entail explain examples/sum.ent "$best" --weights mnist=$out/mnist.weights

step "Done in $((SECONDS - started)) s (packages and build not counted)"
