"""`embark run --dump` writes every tensor, with the same bytes on every target."""
import math

import support
from support import BOARD, floats, in_parallel, samples, tree


class Dump(support.Case):
    def test_every_tensor_is_the_same_on_host_and_virtual_board(self):
        def both(name):
            return [self.run_sample(name, "--target", target, "--dump", self.work / name / tag,
                                    tag=tag)
                    for tag, target in (("host", "host"), ("virtual", f"virtual:{BOARD}"))]

        for name, (host, virtual) in zip(samples(), in_parallel(both, samples())):
            with self.subTest(sample=name):
                self.assertEqual(host.hex(), virtual.hex())
                tensors = tree(self.work / name / "host")
                self.assertEqual(list(tensors), list(tree(self.work / name / "virtual")))
                self.assertEqual(tensors, tree(self.work / name / "virtual"))
                self.check_contents(tensors, host)

    def check_contents(self, tensors, outputs):
        """tensors.txt lists each file with type and shape; the outputs are among them."""
        rows = [row.split(" ", 3) for row in tensors["tensors.txt"].decode().splitlines()]
        self.assertEqual(sorted(row[0] for row in rows), sorted(set(tensors) - {"tensors.txt"}))
        for file, kind, shape, _ in rows:
            self.assertIn(kind, ("float32", "int32"))
            count = math.prod(int(extent) for extent in shape.strip("[]").split(","))
            self.assertEqual(len(tensors[file]), 4 * count, file)
            if kind == "float32":
                self.assertTrue(all(map(math.isfinite, floats(tensors[file]))), file)
        self.assertTrue(any(outputs.endswith(data) for data in tensors.values()))

    def test_every_layer_of_a_network_is_there(self):
        self.run_sample("sequential", "--dump", self.work / "dump")
        document = self.json_of("analyze", support.KERAS / "sequential.h5")
        names = [row.split(" ", 3)[3]
                 for row in (self.work / "dump" / "tensors.txt").read_text().splitlines()]
        # A reshape makes no new bytes.
        wanted = {layer["name"] for layer in document["layers"]} - {"flatten"}
        self.assertEqual(wanted - set(names), set())


if __name__ == "__main__":
    support.main()
