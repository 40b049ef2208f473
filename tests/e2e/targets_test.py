"""Every target answers as Keras does, and all of them with the same bytes."""
import support
from support import BOARD, KERAS, in_parallel, largest_difference, samples

TOLERANCE = 1e-5


class Targets(support.Case):
    def test_host_and_virtual_board_give_the_same_bytes_close_to_keras(self):
        def both(name):
            return (self.run_sample(name, "--target", "host", tag="host"),
                    self.run_sample(name, "--target", f"virtual:{BOARD}", tag="virtual"))

        self.assertGreaterEqual(len(samples()), 25)
        for name, (host, virtual) in zip(samples(), in_parallel(both, samples())):
            with self.subTest(sample=name):
                self.assertEqual(host.hex(), virtual.hex())
                keras = (KERAS / f"{name}.out.bin").read_bytes()
                self.assertLessEqual(largest_difference(host, keras), TOLERANCE)

    def test_every_objective_gives_the_same_bytes(self):
        objectives = ("balanced", "time", "ram", "flash")
        for name in ("conv_mix",):
            answers = in_parallel(
                lambda objective, name=name: self.run_sample(
                    name, "--objective", objective, "--target", f"virtual:{BOARD}", tag=objective),
                objectives)
            with self.subTest(sample=name):
                for objective, answer in zip(objectives, answers):
                    self.assertEqual(answer.hex(), answers[0].hex(), objective)


if __name__ == "__main__":
    support.main()
