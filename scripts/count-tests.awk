# Counts tests in the output of `ctest --verbose`: the cases of a doctest executable, each other
# test as one. A doctest executable that failed without a failed case (a crash, a time-out) counts
# as one failure more. Shows what failed tests printed, ends with `N passed, N failed`, and exits
# with 1 on failure or without tests.

# 12: a line that test 12 printed
/^[0-9]+: / {
    test = $1 + 0
    output[test] = output[test] substr($0, index($0, " ") + 1) "\n"
}
# 12: [doctest] test cases: 5 | 4 passed | 1 failed | 0 skipped
/^[0-9]+: \[doctest\] test cases:/ {
    for (i = 2; i <= NF; ++i) {
        if ($i == "passed") cases_passed[test] = $(i - 1)
        if ($i == "failed") cases_failed[test] = $(i - 1)
    }
    is_doctest[test] = 1
}
# 3/5 Test #12: programs ....   Passed    1.58 sec
/^ *[0-9]+\/[0-9]+ Test +#[0-9]+:/ {
    match($0, /#[0-9]+/)
    test = substr($0, RSTART + 1, RLENGTH - 1) + 0
    ok = ($0 ~ / Passed +[0-9.]+ sec/)
    if (!ok) printf "%s", output[test]
    print
    delete output[test]
    if (is_doctest[test]) {
        passed += cases_passed[test]
        failed += cases_failed[test] + (!ok && cases_failed[test] == 0)
    } else if (ok) {
        ++passed
    } else {
        ++failed
    }
}
END {
    if (status != 0 && failed == 0) failed = 1
    printf "%d passed, %d failed\n", passed, failed
    exit failed > 0 || passed == 0
}
